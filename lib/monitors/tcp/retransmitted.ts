import type { Retransmitted } from './retransmit.js'

export const nothingRetransmitted: Retransmitted = Object.freeze({
  events: 0,
  segments: 0,
  bytes: 0,
  syns: 0,
  synAcks: 0,
  tailLossProbes: 0,
})

export const plusRetransmitted = (a: Retransmitted, b: Retransmitted): Retransmitted => ({
  events: a.events + b.events,
  segments: a.segments + b.segments,
  bytes: a.bytes + b.bytes,
  syns: a.syns + b.syns,
  synAcks: a.synAcks + b.synAcks,
  tailLossProbes: a.tailLossProbes + b.tailLossProbes,
})
