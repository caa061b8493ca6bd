import { LoopTurns } from '../../internal/loop-turns.js'
import { wallClock } from '../../kernel/clock.js'
import type { EntryVisitor } from '../shared/epoch-table.js'
import { nothingUnfiled, type PlaceCounts } from './counters.js'
import { plus, zero } from './counts.js'
import { type DraftFlow, type FlowDecoder, type Moments, type Place, reverseTuple } from './decoder.js'
import type { Counts, Flow, InterfaceCounts, Unfiled } from './flow.js'
import { type FlowMemory, fresh, type Known, openerOf, placeNumber } from './memory.js'
import type { PlaceName } from './places.js'

/** A hook, and what it saw in the interval. */
interface Seen {
  readonly number: number
  readonly name: PlaceName
  readonly place: Place
  readonly domain: number
  packets: number
  bytes: number
  segments: number
}

const tcp = 6

/** The records of one interval, as the table is drained. Every flow passes here, so it creates no object but the flow itself. */
export class FlowInterval {
  readonly flows: Flow[] = []
  readonly #decoder: FlowDecoder
  readonly #memory: FlowMemory
  readonly #nameOf: (place: Place) => PlaceName
  readonly #domainOf: (place: Place) => number
  readonly #time = wallClock()
  readonly #tuple: Uint32Array
  readonly #reverse: Uint32Array
  /** Times of the current record, by the kernel's clock. */
  readonly #moments: Moments = { firstSeen: 0, lastSeen: 0 }
  readonly #known: Known[] = []
  readonly #seenAt: Seen[] = []
  readonly #seen = new Map<number, Seen>()
  #latest: Seen | undefined

  /** `domainOf`: the namespace or VRF of a hook, as a number. */
  constructor(
    decoder: FlowDecoder,
    memory: FlowMemory,
    nameOf: (place: Place) => PlaceName,
    domainOf: (place: Place) => number = () => 0,
  ) {
    this.#decoder = decoder
    this.#memory = memory
    this.#nameOf = nameOf
    this.#domainOf = domainOf
    this.#tuple = new Uint32Array(decoder.tupleWords)
    this.#reverse = new Uint32Array(decoder.tupleWords)
    memory.beginSnapshot()
  }

  readonly visit: EntryVisitor = (keys, k, values, v) => {
    const seen = this.#at(this.#decoder.placeOf(keys, k))
    const flow = this.#decoder.decode(keys, k, values, v, seen.name, this.#time)
    this.#decoder.readTimes(values, v, this.#moments)
    seen.packets += flow.packets
    seen.bytes += flow.bytes
    seen.segments += flow.segments
    this.flows.push(flow)
    this.#seenAt.push(seen)
    this.#known.push(this.#learn(keys, k, seen, flow))
  }

  /**
   * Once everything is visited: fills in what depends on the other flows, and returns the sum of those that count. Yields to the event
   * loop, since there may be as many flows as the table has entries.
   */
  async settle(): Promise<Counts> {
    let { packets, bytes, segments } = zero
    const turns = new LoopTurns()
    for (let i = 0; i < this.flows.length; i++) {
      const flow = this.flows[i] as DraftFlow
      const known = this.#known[i] as Known
      if (turns.due) await turns.take()
      const { number } = this.#seenAt[i] as Seen
      flow.duplicate = !this.#memory.counts(known, number)
      flow.opener = openerOf(known, number)
      if (flow.duplicate) continue
      packets += flow.packets
      bytes += flow.bytes
      segments += flow.segments
    }
    return { packets, bytes, segments }
  }

  /** Where the flow at that index was seen. */
  placeOf(index: number): Place {
    return (this.#seenAt[index] as Seen).place
  }

  /** What each direction of each interface saw, in flows and beside them. */
  interfaces(places: readonly PlaceCounts[]): InterfaceCounts[] {
    const beside = new Map<Seen, Unfiled>()
    for (const { place, ...unfiled } of places) beside.set(this.#at(place), unfiled)
    return [...this.#seen.values()]
      .map((seen) => {
        const unfiled = beside.get(seen) ?? nothingUnfiled
        const { packets, bytes, segments } = Object.values<Counts>({ ...unfiled }).reduce(plus, seen)
        return { ...seen.name, packets, bytes, segments, ...unfiled }
      })
      .filter(({ packets }) => packets > 0)
  }

  /** How many packets the programs saw at each hook, by its number. */
  packetsByPlace(places: readonly PlaceCounts[]): Map<number, number> {
    const packets = new Map([...this.#seen].map(([number, seen]) => [number, seen.packets]))
    for (const { place, ...unfiled } of places) {
      const number = placeNumber(place)
      const beside = Object.values<Counts>({ ...unfiled }).reduce((sum, each) => sum + each.packets, 0)
      packets.set(number, (packets.get(number) ?? 0) + beside)
    }
    return packets
  }

  #learn(keys: DataView, k: number, { number, domain }: Seen, flow: Flow): Known {
    // Without a source address, equal tuples are not the same flow.
    if (this.#decoder.isAnybody(keys, k)) return fresh(number, flow)
    this.#decoder.readTuple(keys, k, this.#tuple)
    const reverse = flow.protocol === tcp ? this.#reverse : undefined
    if (reverse) reverseTuple(this.#tuple, reverse)
    const linkScoped = this.#decoder.isLinkScoped(keys, k)
    return this.#memory.learn(this.#tuple, reverse, number, flow, this.#moments, { linkScoped, domain })
  }

  #at(place: Place): Seen {
    const number = placeNumber(place)
    // Consecutive entries of the table can be from any hook, but most machines have one or two.
    if (this.#latest?.number === number) return this.#latest
    let seen = this.#seen.get(number)
    if (!seen) {
      seen = { number, name: this.#nameOf(place), place, domain: this.#domainOf(place), ...zero }
      this.#seen.set(number, seen)
    }
    this.#latest = seen
    return seen
  }
}
