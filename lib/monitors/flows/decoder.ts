import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'
import { AddressTexts } from '../shared/address.js'
import { memberOffsets, u64 } from '../shared/fields.js'
import type { Flow, Tunnel } from './flow.js'
import type { PlaceName } from './places.js'

/** Where a flow was seen, by the numbers in the key. */
export interface Place {
  /** The number of the namespace, among those of the monitor. */
  readonly netns: number
  readonly ifindex: number
  readonly egress: boolean
}

export const placeKey = ({ netns, ifindex, egress }: Place): string => `${netns} ${ifindex} ${egress}`

/** When a record's first and last packets were seen, in milliseconds by the kernel's monotonic clock, which cannot be set. */
export interface Moments {
  firstSeen: number
  lastSeen: number
}

/** A flow that is still being assembled. */
export type DraftFlow = { -readonly [K in keyof Flow]: Flow[K] }

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

/** Reads entries of the flow table (bpf/flow.h): the key at `k`, the value at `v`. */
export interface FlowDecoder {
  /** How many words of a key do not depend on where the flow is seen. */
  readonly tupleWords: number
  /** Copies these words. */
  readTuple(keys: DataView, k: number, tuple: Uint32Array): void
  placeOf(keys: DataView, k: number): Place
  /** Whether the source is `::` or `0.0.0.0`, that is, a host without an address yet. */
  isAnybody(keys: DataView, k: number): boolean
  /** Whether routers do not forward it, because an end is known on its link only. Never for packets inside a tunnel. */
  isLinkScoped(keys: DataView, k: number): boolean
  readTimes(values: DataView, v: number, moments: Moments): void
  /** `time` converts the kernel's time to milliseconds since 1970. Sets `duplicate` to false, and `opener` from this record alone. */
  decode(
    keys: DataView,
    k: number,
    values: DataView,
    v: number,
    seen: PlaceName,
    time: (ns: number) => number,
  ): DraftFlow
}

/** Uses the offsets in the object's BTF. */
export function flowDecoder(btf: Btf): FlowDecoder {
  const key = memberOffsets(btf, 'flow_key') as Record<KeyMember, number>
  const value = memberOffsets(btf, 'flow_value') as Record<ValueMember, number>
  const tupleWords = (key.orphan + 1) / 4
  const texts = new AddressTexts()

  return {
    tupleWords,
    readTuple(keys, k, tuple) {
      for (let i = 0; i < tupleWords; i++) tuple[i] = keys.getUint32(k + 4 * i, littleEndian)
    },
    placeOf: (keys, k) => ({
      netns: keys.getUint16(k + key.netns, littleEndian),
      ifindex: keys.getUint32(k + key.ifindex, littleEndian),
      egress: keys.getUint8(k + key.direction) !== 0,
    }),
    isAnybody(keys, k) {
      const at = k + key.saddr
      if (keys.getUint32(at) !== 0 || keys.getUint32(at + 4) !== 0 || keys.getUint32(at + 12) !== 0) return false
      const third = keys.getUint32(at + 8)
      return third === 0 || third === 0xffff
    },
    isLinkScoped: (keys, k) =>
      keys.getUint8(k + key.tunnel) === 0 && (isLocal(keys, k + key.saddr) || isLocal(keys, k + key.daddr)),
    readTimes(values, v, moments) {
      moments.firstSeen = u64(values, v + value.first_seen) / 1e6
      moments.lastSeen = u64(values, v + value.last_seen) / 1e6
    },
    decode(keys, k, values, v, seen, time) {
      const ipVersion = keys.getUint8(k + key.ip_version) === 4 ? 4 : 6
      const protocol = keys.getUint8(k + key.protocol)
      const destinationPort = keys.getUint16(k + key.dport, littleEndian)
      const packets = u64(values, v + value.packets)
      const bytes = u64(values, v + value.bytes)
      const syns = values.getUint32(v + value.syns, littleEndian)
      const synAcks = values.getUint32(v + value.synacks, littleEndian)
      const listener = values.getUint8(v + value.listener)
      // One literal, with rarely used members added after it: spreading objects into each other is a hundred times slower.
      const flow: DraftFlow = {
        sourceAddress: texts.text(keys, k + key.saddr, ipVersion),
        sourcePort: keys.getUint16(k + key.sport, littleEndian),
        destinationAddress: texts.text(keys, k + key.daddr, ipVersion),
        destinationPort,
        protocol,
        ipVersion,
        interface: seen.interface,
        direction: seen.direction,
        duplicate: false,
        packets,
        bytes,
        segments: packets + u64(values, v + value.extra_segments),
        ipBytes:
          bytes -
          packets * values.getUint32(v + value.link_bytes, littleEndian) -
          i64(values, v + value.extra_link_bytes),
        wireBytes: bytes + u64(values, v + value.extra_headers),
        tcpFlags: flagBits(values, v + value.tcp_flags),
        syns,
        synAcks,
        fins: values.getUint32(v + value.fins, littleEndian),
        resets: values.getUint32(v + value.resets, littleEndian),
        opener: syns > 0 ? 'source' : synAcks > 0 ? 'destination' : (openers[listener] ?? 'unknown'),
        ttl: { minimum: values.getUint8(v + value.ttl_min), maximum: values.getUint8(v + value.ttl_max) },
        dscp: values.getUint8(v + value.dscp),
        ceMarks: values.getUint32(v + value.ce_marks, littleEndian),
        firstSeen: time(u64(values, v + value.first_seen)),
        lastSeen: time(u64(values, v + value.last_seen)),
      }
      if (seen.netns !== undefined) flow.netns = seen.netns
      if (keys.getUint8(k + key.orphan) !== 0) flow.orphan = true
      else if (protocol === icmpProtocols[ipVersion]) {
        flow.icmp = { type: destinationPort >> 8, code: destinationPort & 0xff }
      }
      const tunnel = tunnels[keys.getUint8(k + key.tunnel)]
      if (tunnel) flow.tunnel = { type: tunnel, id: keys.getUint32(k + key.tunnel_id, littleEndian) }
      const outer = keys.getUint16(k + key.vlans, littleEndian)
      const inner = keys.getUint16(k + key.vlans + 2, littleEndian)
      if (outer !== 0) flow.vlans = inner === 0 ? [outer & 0xfff] : [outer & 0xfff, inner & 0xfff]
      return flow
    },
  }
}

/** fe80::/10, ff01:: and ff02::/16 with any flags, 169.254.0.0/16, 224.0.0.0/24, 255.255.255.255. */
function isLocal(keys: DataView, at: number): boolean {
  const first = keys.getUint32(at)
  if (first >>> 22 === 0xfe80 >>> 6) return true
  if (first >>> 24 === 0xff) return ((first >>> 16) & 0xf) <= 2
  if (first !== 0 || keys.getUint32(at + 4) !== 0 || keys.getUint32(at + 8) !== 0xffff) return false
  const ipv4 = keys.getUint32(at + 12)
  return ipv4 >>> 16 === 0xa9fe || ipv4 >>> 8 === 0xe00000 || ipv4 === 0xffff_ffff
}

/** The tuple of the other direction, for a flow with ports. Its words: two addresses of four, the ports, and what is equal both ways. */
export function reverseTuple(tuple: Uint32Array, reversed: Uint32Array): void {
  for (let i = 0; i < 4; i++) {
    reversed[i] = tuple[i + 4] as number
    reversed[i + 4] = tuple[i] as number
  }
  const ports = tuple[8] as number
  reversed[8] = (ports << 16) | (ports >>> 16)
  for (let i = 9; i < tuple.length; i++) reversed[i] = tuple[i] as number
}

/** Signed and small: a sum of differences between link-layer headers. */
function i64(view: DataView, offset: number): number {
  const low = view.getUint32(offset + (littleEndian ? 0 : 4), littleEndian)
  const high = view.getInt32(offset + (littleEndian ? 4 : 0), littleEndian)
  return high * 0x1_0000_0000 + low
}

/** The programs keep one byte per flag, because setting a byte needs no atomic operation. */
function flagBits(view: DataView, offset: number): number {
  let bits = 0
  for (let bit = 0; bit < 8; bit++) bits |= (view.getUint8(offset + bit) === 0 ? 0 : 1) << bit
  return bits
}
