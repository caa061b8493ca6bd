import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'
import { wallClock } from '../../kernel/clock.js'
import type { EntryVisitor } from '../shared/epoch-table.js'
import { memberOffsets, u64 } from '../shared/fields.js'
import type { Retransmit, RoundTripTime } from './retransmit.js'
import { keyReader } from './socket-decoder.js'
import { tcpState } from './states.js'

/** Reads entries of the retransmit table (bpf/retransmit.h) into `Retransmit`s. */
export function retransmitDecoder(btf: Btf): (into: Retransmit[]) => EntryVisitor {
  const readKey = keyReader(btf)
  const value = memberOffsets(btf, 'retransmit_value') as Record<ValueMember, number>
  return (into) => {
    const time = wallClock()
    return (keys, k, values, v) => {
      into.push({
        ...readKey(keys, k),
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
