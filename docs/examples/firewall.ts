import assert from 'node:assert/strict'
import { open } from 'ebpf'

const object = open('firewall.bpf.o')
object.globals.port = 53
using bpf = await object.load()
const program = bpf.program('drop_port')

/** An Ethernet frame with an IPv4 header without options and a UDP header. */
function datagram(destinationPort: number): Uint8Array {
  const packet = Buffer.alloc(14 + 20 + 8 + 10)
  packet.writeUInt16BE(0x0800, 12)
  packet.writeUInt8(0x45, 14)
  packet.writeUInt8(17, 14 + 9)
  packet.writeUInt16BE(destinationPort, 14 + 20 + 2)
  return packet
}

// BPF_PROG_RUN: the kernel runs the program on our packet, attached to nothing.
const [drop, pass] = [1, 2]
assert.equal(program.run({ data: datagram(53) }).returnValue, drop)
assert.equal(program.run({ data: datagram(54) }).returnValue, pass)
assert.equal(bpf.globals.dropped, 1n)

const { duration } = program.run({ data: datagram(53), repeat: 10_000 })
console.log(`${duration} ns a packet`)
