import type { Counts } from './flow.js'

export const zero: Counts = { packets: 0, bytes: 0, segments: 0 }

export const plus = (a: Counts, b: Counts): Counts => ({
  packets: a.packets + b.packets,
  bytes: a.bytes + b.bytes,
  segments: a.segments + b.segments,
})
