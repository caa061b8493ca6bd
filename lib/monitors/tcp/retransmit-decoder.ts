import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'
import { wallClock } from '../../kernel/clock.js'
import { addressText } from '../shared/address.js'
import type { EntryVisitor } from '../shared/epoch-table.js'
import { memberOffsets, u64 } from '../shared/fields.js'
import type { Retransmit, RoundTripTime } from './retransmit.js'
import { tcpState } from './states.js'

/** Reads entries of the retransmit table (bpf/retransmit.h) into `Retransmit`s. */
export function retransmitDecoder(btf: Btf): (into: Retransmit[]) => EntryVisitor {
  const key = memberOffsets(btf, 'connection_key') as Record<KeyMember, number>
  const value = memberOffsets(btf, 'retransmit_value') as Record<ValueMember, number>
  return (into) => {
    const time = wallClock()
    return (keys, k, values, v) => {
      const ipVersion = keys.getUint8(k + key.ip_version) === 4 ? 4 : 6
      const interfaceIndex = keys.getUint32(k + key.ifindex, littleEndian)
      into.push({
        localAddress: addressText(keys, k + key.saddr, ipVersion),
        localPort: keys.getUint16(k + key.sport, littleEndian),
        remoteAddress: addressText(keys, k + key.daddr, ipVersion),
        remotePort: keys.getUint16(k + key.dport, littleEndian),
        ipVersion,
        netns: keys.getUint32(k + key.netns, littleEndian),
        ...(interfaceIndex > 0 && { interfaceIndex }),
        events: u64(values, v + value.events),
        segments: u64(values, v + value.segments),
        bytes: u64(values, v + value.bytes),
        syns: values.getUint32(v + value.syns, littleEndian),
        synAcks: u64(values, v + value.synacks),
        tailLossProbes: values.getUint32(v + value.loss_probes, littleEndian),
        ...roundTripTime(values, v + value.srtt_us, v + value.min_rtt_us),
        state: tcpState(values.getUint32(v + value.state, littleEndian)),
        firstSeen: time(u64(values, v + value.first_seen)),
        lastSeen: time(u64(values, v + value.last_seen)),
      })
    }
  }
}

/** The member `rtt`, unless nothing was measured. */
export function roundTripTime(view: DataView, smoothedOffset: number, minimumOffset: number): { rtt?: RoundTripTime } {
  const smoothed = view.getUint32(smoothedOffset, littleEndian)
  const minimum = view.getUint32(minimumOffset, littleEndian)
  return smoothed > 0 ? { rtt: { smoothed, ...(minimum > 0 && { minimum }) } } : {}
}

type KeyMember = 'saddr' | 'daddr' | 'netns' | 'ifindex' | 'sport' | 'dport' | 'ip_version'
type ValueMember =
  | 'events'
  | 'segments'
  | 'bytes'
  | 'syns'
  | 'synacks'
  | 'loss_probes'
  | 'srtt_us'
  | 'min_rtt_us'
  | 'first_seen'
  | 'last_seen'
  | 'state'
