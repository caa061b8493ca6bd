import type { BpfMap } from '../../maps/map.js'
import type { BpfObject } from '../../object/bpf-object.js'
import { minus } from '../shared/counter-growth.js'
import { plus, zero } from './counts.js'
import { type Place, placeKey } from './decoder.js'
import type { Counts, Unfiled } from './flow.js'

/** struct flow_counters of bpf/flow.h. */
type CounterClass = 'non_ip' | 'malformed' | 'refused' | 'filtered' | 'unsampled'
type CpuCounters = Record<CounterClass, Counts>
/** struct flow_interface_key. */
interface InterfaceKey {
  readonly ifindex: number
  readonly netns: number
  readonly direction: number
}

export interface PlaceCounts extends Unfiled {
  readonly place: Place
}

const noCounters: CpuCounters = { non_ip: zero, malformed: zero, refused: zero, filtered: zero, unsampled: zero }

export const nothingUnfiled: Unfiled = { nonIp: zero, malformed: zero, lost: zero, filtered: zero, unsampled: zero }

/** What the flow program counts besides flows: one value per CPU for each direction of an interface, since it was loaded. */
export class FlowCounters {
  readonly #interfaces: BpfMap<InterfaceKey, CpuCounters[]>
  readonly #sketch: BpfMap<number, Uint8Array>
  #last = new Map<string, PlaceCounts>()
  #lastRefused = 0
  /** About how many flows the sketch had seen before it was emptied, from reads that were not taken. */
  #lostFlows = 0

  constructor(object: BpfObject, numbers: number) {
    this.#interfaces = object.map('flow_interfaces', { int64: 'number' })
    for (let netns = 0; netns < numbers; netns++) this.addNumber(netns)
    this.#sketch = object.map('flow_refused_sketch', { value: 'raw' })
  }

  /** Adds one more `netns` of the programs: an entry that counts what does not fit into an entry of its own interface. */
  addNumber(netns: number): void {
    for (const direction of [0, 1]) this.#interfaces.setEveryCpu({ ifindex: 0, netns, direction }, noCounters)
  }

  /**
   * The sums since the last ones that were taken, and about how many distinct flows the lost packets belonged to. Until `take` is called,
   * the next read includes all of this again.
   */
  read(): { places: PlaceCounts[]; lostFlows: number; take: () => void } {
    // The sketch first: a program counts a packet before it marks the flow, so no flow is seen without its packets.
    if (this.#refused(this.#readNow()) > this.#lastRefused) this.#lostFlows += distinct(this.#takeSketch())
    const now = this.#readNow()
    const places = [...now].map(([id, { place, ...counts }]) => {
      const { place: _, ...last } = this.#last.get(id) ?? { place, ...nothingUnfiled }
      return { place, ...minus(counts, last) }
    })
    const take = () => {
      this.#lastRefused = this.#refused(now)
      this.#last = now
      this.#lostFlows = 0
    }
    return { places, lostFlows: this.#lostFlows, take }
  }

  /** Releases the entries of hooks at which nothing is counted any more. */
  forget(places: readonly Place[]): void {
    for (const place of places) {
      if (!this.#last.delete(placeKey(place))) continue
      this.#interfaces.delete({ ifindex: place.ifindex, netns: place.netns, direction: Number(place.egress) })
    }
    this.#lastRefused = this.#refused(this.#last)
  }

  #readNow(): Map<string, PlaceCounts> {
    const counts = new Map<string, PlaceCounts>()
    for (const [{ ifindex, netns, direction }, sums] of this.#interfaces.sums()) {
      const place = { netns, ifindex, egress: direction !== 0 }
      counts.set(placeKey(place), { place, ...unfiled(sums) })
    }
    return counts
  }

  #refused(counts: Map<string, PlaceCounts>): number {
    return [...counts.values()].reduce((sum, { lost }) => sum + lost.packets, 0)
  }

  #takeSketch(): Uint8Array {
    const slots = this.#sketch.get(0) ?? new Uint8Array()
    this.#sketch.set(0, new Uint8Array(slots.length))
    return slots
  }
}

const unfiled = (sums: CpuCounters): Unfiled => ({
  nonIp: sums.non_ip,
  malformed: sums.malformed,
  lost: sums.refused,
  filtered: sums.filtered,
  unsampled: sums.unsampled,
})

export const plusUnfiled = (a: Unfiled, b: Unfiled): Unfiled => ({
  nonIp: plus(a.nonIp, b.nonIp),
  malformed: plus(a.malformed, b.malformed),
  lost: plus(a.lost, b.lost),
  filtered: plus(a.filtered, b.filtered),
  unsampled: plus(a.unsampled, b.unsampled),
})

/**
 * Linear counting (Whang, Vander-Zanden and Taylor, 1990): each flow marks one slot by its hash, and n = -m ln(empty / m).
 */
function distinct(slots: Uint8Array): number {
  const empty = slots.reduce((count, slot) => count + (slot === 0 ? 1 : 0), 0)
  return slots.length === 0 ? 0 : Math.round(-slots.length * Math.log(Math.max(empty, 1) / slots.length))
}
