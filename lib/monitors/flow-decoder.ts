import type { Btf } from '../btf.js'
import { littleEndian } from '../internal/byte-order.js'
import { wallClock } from '../kernel/clock.js'
import { addressText } from './address.js'
import { memberOffsets, u64 } from './fields.js'
import type { Flow, Tunnel } from './flow.js'

/** Where a flow was seen, by the numbers that the key has. */
export interface Place {
  /** Which of the monitor's namespaces. */
  readonly netns: number
  readonly ifindex: number
  readonly egress: boolean
}

/** What is in an entry of the flow table; the names of the place, and what is known of the flow from before, are not. */
export type DecodedFlow = Omit<Flow, 'direction' | 'interface' | 'netns' | 'duplicate' | 'opener'> & {
  readonly opener: Flow['opener']
}

export interface FlowEntry {
  readonly flow: DecodedFlow
  readonly place: Place
  /** The part of the key that is the same wherever the flow is seen, and that of its other direction. */
  readonly tuple: string
  readonly reverse: () => string
}

type KeyMember =
  | 'saddr'
  | 'daddr'
  | 'sport'
  | 'dport'
  | 'tunnel_id'
  | 'protocol'
  | 'ip_version'
  | 'tunnel'
  | 'orphan'
  | 'direction'
  | 'ifindex'
  | 'vlans'
  | 'netns'
type ValueMember =
  | 'packets'
  | 'bytes'
  | 'extra_segments'
  | 'extra_headers'
  | 'extra_link_bytes'
  | 'first_seen'
  | 'last_seen'
  | 'syns'
  | 'synacks'
  | 'fins'
  | 'resets'
  | 'ce_marks'
  | 'link_bytes'
  | 'tcp_flags'
  | 'ttl_min'
  | 'ttl_max'
  | 'dscp'
  | 'listener'

// enum flow_tunnel and enum flow_listener of bpf/flow.h, by number.
const tunnels: readonly (Tunnel | undefined)[] = [undefined, 'ipip', 'gre', 'vxlan', 'geneve']
const openers = ['unknown', 'destination', 'source'] as const
const icmpProtocols: Record<number, number> = { 4: 1, 6: 58 }

/** Called for each entry with the places of its key and its value. */
export type FlowVisitor = (keys: DataView, keyOffset: number, values: DataView, valueOffset: number) => FlowEntry

/** Reads entries of the flow table (bpf/flow.h), by the offsets that the object's BTF has. */
export function flowDecoder(btf: Btf): () => FlowVisitor {
  const key = memberOffsets(btf, 'flow_key') as Record<KeyMember, number>
  const value = memberOffsets(btf, 'flow_value') as Record<ValueMember, number>

  const tupleOf = (keys: DataView, k: number) =>
    Buffer.from(keys.buffer, keys.byteOffset + k, key.orphan + 1).toString('latin1')

  return () => {
    const time = wallClock()
    return (keys, k, values, v) => {
      const u8 = (member: ValueMember) => values.getUint8(v + value[member])
      const u32 = (member: ValueMember) => values.getUint32(v + value[member], littleEndian)
      const count = (member: ValueMember) => u64(values, v + value[member])
      const ipVersion = keys.getUint8(k + key.ip_version) === 4 ? 4 : 6
      const protocol = keys.getUint8(k + key.protocol)
      const destinationPort = keys.getUint16(k + key.dport, littleEndian)
      const packets = count('packets')
      const bytes = count('bytes')
      const syns = u32('syns')
      const synAcks = u32('synacks')
      const orphan = keys.getUint8(k + key.orphan) !== 0 || undefined
      const tunnel = tunnels[keys.getUint8(k + key.tunnel)]
      const vlans = [0, 2]
        .map((offset) => keys.getUint16(k + key.vlans + offset, littleEndian))
        .filter((tag) => tag !== 0)
        .map((tag) => tag & 0xfff)
      // Signed, and small: a difference of link-layer headers.
      const extraLinkBytes = Number(values.getBigInt64(v + value.extra_link_bytes, littleEndian))
      const tuple = tupleOf(keys, k)
      return {
        tuple,
        reverse: () => reversed(tuple, protocol, key),
        place: {
          netns: keys.getUint16(k + key.netns, littleEndian),
          ifindex: keys.getUint32(k + key.ifindex, littleEndian),
          egress: keys.getUint8(k + key.direction) !== 0,
        },
        flow: {
          sourceAddress: addressText(keys, k + key.saddr, ipVersion),
          sourcePort: keys.getUint16(k + key.sport, littleEndian),
          destinationAddress: addressText(keys, k + key.daddr, ipVersion),
          destinationPort,
          protocol,
          ipVersion,
          ...(orphan && { orphan }),
          ...(protocol === icmpProtocols[ipVersion] &&
            !orphan && {
              icmp: { type: destinationPort >> 8, code: destinationPort & 0xff },
            }),
          ...(tunnel && { tunnel: { type: tunnel, id: keys.getUint32(k + key.tunnel_id, littleEndian) } }),
          ...(vlans.length > 0 && { vlans }),
          packets,
          bytes,
          segments: packets + count('extra_segments'),
          ipBytes: bytes - packets * u32('link_bytes') - extraLinkBytes,
          wireBytes: bytes + count('extra_headers'),
          tcpFlags: flagBits(values, v + value.tcp_flags),
          syns,
          synAcks,
          fins: u32('fins'),
          resets: u32('resets'),
          opener: syns > 0 ? 'source' : synAcks > 0 ? 'destination' : (openers[u8('listener')] ?? 'unknown'),
          ttl: { minimum: u8('ttl_min'), maximum: u8('ttl_max') },
          dscp: u8('dscp'),
          ceMarks: u32('ce_marks'),
          firstSeen: time(count('first_seen')),
          lastSeen: time(count('last_seen')),
        },
      }
    }
  }
}

/** The tuple with its two ends exchanged; an echo's number stays, the kinds of ICMP do not answer each other by the same one. */
function reversed(tuple: string, protocol: number, key: Record<KeyMember, number>): string {
  const part = (from: number, to: number) => tuple.slice(from, to)
  const ports =
    protocol === 1 || protocol === 58
      ? part(key.sport, key.tunnel_id)
      : part(key.dport, key.tunnel_id) + part(key.sport, key.dport)
  return part(key.daddr, key.sport) + part(key.saddr, key.daddr) + ports + part(key.tunnel_id, tuple.length)
}

/** The programs keep a byte for each flag, because setting a byte needs no atomic operation. */
function flagBits(view: DataView, offset: number): number {
  let bits = 0
  for (let bit = 0; bit < 8; bit++) if (view.getUint8(offset + bit) !== 0) bits |= 1 << bit
  return bits
}
