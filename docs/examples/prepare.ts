import { open } from 'ebpf'

const prepared = await open('blocklist.bpf.o').prepare()
const blocked = prepared.map<string, number>('blocked', { fields: { key: 'ipv4' } })
blocked.set('192.0.2.1', 1)
using bpf = await prepared.load()

const packet = Buffer.alloc(14 + 20)
packet.writeUInt16BE(0x0800, 12)
for (const address of ['192.0.2.1', '192.0.2.2']) {
  packet.set(address.split('.').map(Number), 14 + 12)
  const { returnValue } = bpf.program('drop_blocked').run({ data: packet })
  console.log(`${address}: ${returnValue === 1 ? 'dropped' : 'passed'}`)
}
