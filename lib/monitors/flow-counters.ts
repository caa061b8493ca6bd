import type { BpfObject } from '../bpf-object.js'
import type { BpfMap } from '../maps/map.js'
import type { Counts } from './flow.js'

const classes = ['non_ip', 'malformed', 'refused'] as const
type CounterClass = (typeof classes)[number]
type CounterSums = Record<CounterClass, Counts>

const zero: Counts = { packets: 0, bytes: 0, segments: 0 }

export const plus = (a: Counts, b: Counts): Counts => ({
  packets: a.packets + b.packets,
  bytes: a.bytes + b.bytes,
  segments: a.segments + b.segments,
})

const minus = (a: Counts, b: Counts): Counts => ({
  packets: a.packets - b.packets,
  bytes: a.bytes - b.bytes,
  segments: a.segments - b.segments,
})

/** What the flow program counts besides flows (bpf/flow.h, struct flow_counters): a value for each CPU, since it was loaded. */
export class FlowCounters {
  readonly #counters: BpfMap<number, CounterSums[]>
  readonly #sketch: BpfMap<number, Uint8Array>
  #last: CounterSums = { non_ip: zero, malformed: zero, refused: zero }

  constructor(object: BpfObject) {
    this.#counters = object.map('flow_counters', { int64: 'number' })
    this.#sketch = object.map('flow_refused_sketch', { value: 'raw' })
  }

  /** The sums since the last call, and about how many distinct flows `refused` was of. */
  take(): CounterSums & { refusedFlows: number } {
    const last = this.#last
    // The sketch first: a program counts a packet before it marks its flow, so no flow is seen without its packets.
    const slots = this.#sums().refused.packets > last.refused.packets ? this.#takeSketch() : new Uint8Array()
    const now = this.#sums()
    this.#last = now
    return {
      non_ip: minus(now.non_ip, last.non_ip),
      malformed: minus(now.malformed, last.malformed),
      refused: minus(now.refused, last.refused),
      refusedFlows: distinct(slots),
    }
  }

  #sums(): CounterSums {
    const sums = { non_ip: zero, malformed: zero, refused: zero }
    for (const cpu of this.#counters.get(0) ?? []) {
      for (const name of classes) sums[name] = plus(sums[name], cpu[name])
    }
    return sums
  }

  #takeSketch(): Uint8Array {
    const slots = this.#sketch.get(0) ?? new Uint8Array()
    this.#sketch.set(0, new Uint8Array(slots.length))
    return slots
  }
}

/**
 * Linear counting (Whang, Vander-Zanden and Taylor, 1990): each flow marks one slot by its hash, and n = -m ln(empty / m).
 */
function distinct(slots: Uint8Array): number {
  const empty = slots.reduce((count, slot) => count + (slot === 0 ? 1 : 0), 0)
  return slots.length === 0 ? 0 : Math.round(-slots.length * Math.log(Math.max(empty, 1) / slots.length))
}
