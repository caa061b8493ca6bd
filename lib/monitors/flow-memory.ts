import type { Flow } from './flow.js'
import type { Place } from './flow-decoder.js'
import { TupleMap } from './tuple-map.js'

/** What is remembered of one direction of a 5-tuple. */
export interface Known {
  /** The place whose records count in totals. */
  place: number
  /** When that place saw it first; it stays open to an earlier one until the end of the snapshot in which the flow is new. */
  firstSeen: number
  readonly since: number
  /** When that place saw it last. */
  lastSeen: number
  opener: Flow['opener']
  /** The other direction. */
  reverse: Known | undefined
}

type Seen = Pick<Flow, 'firstSeen' | 'lastSeen' | 'syns' | 'synAcks' | 'opener'>

/**
 * Milliseconds that a flow is seen elsewhere only until it counts there: it has another way now. Shorter than that a packet may well
 * be on its way from the one place to the other.
 */
const reroutedAfter = 2000

const nowhere = -1

/**
 * Which place counts for a flow, and who opened the connection, from one snapshot to the next: a packet may pass the first interface
 * in one interval and the second in another, and only the first interval of a connection has its SYN. Two generations hold
 * `capacity` tuples each: what has not been seen for as long as it takes to fill one is forgotten.
 */
export class FlowMemory {
  readonly #tupleWords: number
  readonly #capacity: number
  #recent: TupleMap<Known>
  #older: TupleMap<Known>
  #snapshots = 0

  constructor(tupleWords: number, capacity: number) {
    this.#tupleWords = tupleWords
    this.#capacity = capacity
    this.#recent = new TupleMap(tupleWords)
    this.#older = new TupleMap(tupleWords)
  }

  beginSnapshot(): void {
    this.#snapshots++
  }

  /**
   * What is known of a flow after one more record of it; which place counts is certain at the end of the snapshot. `reverse` is the tuple of the
   * other direction, for a protocol in which one end opens a connection.
   */
  learn(tuple: Uint32Array, reverse: Uint32Array | undefined, place: number, seen: Seen): Known {
    let known = this.#find(tuple)
    if (!known) {
      known = fresh(place, this.#snapshots, seen)
      if (reverse) {
        const other = this.#find(reverse)
        known.reverse = other
        if (other) other.reverse = known
      }
      this.#add(tuple, known)
    } else if (
      (known.since === this.#snapshots && seen.firstSeen < known.firstSeen) ||
      known.place === nowhere ||
      seen.firstSeen - known.lastSeen > reroutedAfter
    ) {
      known.place = place
      known.firstSeen = seen.firstSeen
    }
    if (known.place === place) known.lastSeen = seen.lastSeen
    // A SYN is surer than a listener, and a later connection of the same ports shows its own.
    if (seen.syns > 0 || seen.synAcks > 0 || known.opener === 'unknown') known.opener = seen.opener
    return known
  }

  /** These places see nothing any more: flows that counted there count at the next place that sees them. */
  forget(places: readonly Place[]): void {
    if (places.length === 0) return
    const gone = new Set(places.map(placeNumber))
    for (const generation of [this.#recent, this.#older]) {
      for (const known of generation.values()) if (gone.has(known.place)) known.place = nowhere
    }
  }

  #find(tuple: Uint32Array): Known | undefined {
    const recent = this.#recent.get(tuple)
    if (recent) return recent
    const older = this.#older.get(tuple)
    if (older) this.#add(tuple, older)
    return older
  }

  #add(tuple: Uint32Array, known: Known): void {
    if (this.#recent.size >= this.#capacity) {
      this.#older = this.#recent
      this.#recent = new TupleMap(this.#tupleWords)
    }
    this.#recent.add(tuple, known)
  }
}

/** Of a flow that nobody else is told apart from, it is all that is known. */
export const fresh = (place: number, since: number, { firstSeen, lastSeen, opener }: Seen): Known => ({
  place,
  firstSeen,
  since,
  lastSeen,
  opener,
  reverse: undefined,
})

export function openerOf({ opener, reverse }: Known): Flow['opener'] {
  if (opener !== 'unknown' || !reverse) return opener
  if (reverse.opener === 'source') return 'destination'
  return reverse.opener === 'destination' ? 'source' : 'unknown'
}

/** A number that is no other place's: the namespaces have 16 bits, indices 31. */
export const placeNumber = ({ netns, ifindex, egress }: Place) => (netns * 2 ** 32 + ifindex) * 2 + Number(egress)
