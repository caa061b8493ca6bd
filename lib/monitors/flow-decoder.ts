import type { Btf } from '../btf.js'
import { littleEndian } from '../internal/byte-order.js'
import { wallClock } from '../kernel/clock.js'
import { addressText } from './address.js'
import type { EntryVisitor } from './epoch-table.js'
import { memberOffsets, u64 } from './fields.js'
import type { Flow } from './flow.js'

/** Reads entries of the flow table (bpf/flow.h) into `Flow`s. */
export function flowDecoder(btf: Btf, interfaceName: (index: number) => string): (into: Flow[]) => EntryVisitor {
  const key = memberOffsets(btf, 'flow_key') as Record<KeyMember, number>
  const value = memberOffsets(btf, 'flow_value') as Record<ValueMember, number>
  return (into) => {
    const time = wallClock()
    return (keys, k, values, v) => {
      const ipVersion = keys.getUint8(k + key.ip_version) === 4 ? 4 : 6
      into.push({
        sourceAddress: addressText(keys, k + key.saddr, ipVersion),
        sourcePort: keys.getUint16(k + key.sport, littleEndian),
        destinationAddress: addressText(keys, k + key.daddr, ipVersion),
        destinationPort: keys.getUint16(k + key.dport, littleEndian),
        protocol: keys.getUint8(k + key.protocol),
        ipVersion,
        direction: keys.getUint8(k + key.direction) === 0 ? 'ingress' : 'egress',
        interface: interfaceName(keys.getUint32(k + key.ifindex, littleEndian)),
        packets: u64(values, v + value.packets),
        bytes: u64(values, v + value.bytes),
        segments: u64(values, v + value.segments),
        tcpFlags: flagBits(values, v + value.tcp_flags),
        firstSeen: time(u64(values, v + value.first_seen)),
        lastSeen: time(u64(values, v + value.last_seen)),
      })
    }
  }
}

type KeyMember = 'saddr' | 'daddr' | 'ifindex' | 'sport' | 'dport' | 'protocol' | 'ip_version' | 'direction'
type ValueMember = 'packets' | 'bytes' | 'segments' | 'first_seen' | 'last_seen' | 'tcp_flags'

/** The programs keep a byte for each flag, because setting a byte needs no atomic operation. */
function flagBits(view: DataView, offset: number): number {
  let bits = 0
  for (let bit = 0; bit < 8; bit++) if (view.getUint8(offset + bit) !== 0) bits |= 1 << bit
  return bits
}
