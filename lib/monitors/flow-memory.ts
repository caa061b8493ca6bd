import type { Flow } from './flow.js'
import type { FlowEntry, Place } from './flow-decoder.js'

/** What is remembered of one direction of a 5-tuple. */
interface Known {
  /** The place whose records count in totals. */
  place: number
  /** When that place saw it first; it stays open to an earlier one until the end of the snapshot in which the flow is new. */
  firstSeen: number
  readonly since: number
  /** When that place saw it last. */
  lastSeen: number
  opener: Flow['opener']
}

/**
 * Milliseconds that a flow is seen elsewhere only until it counts there: it has another way now. Shorter than that a packet may well
 * be on its way from the one place to the other.
 */
const reroutedAfter = 2000

/**
 * Which place counts for a flow, and who opened the connection, from one snapshot to the next: a packet may pass the first interface
 * in one interval and the second in another, and only the first interval of a connection has its SYN. Two generations hold
 * `capacity` tuples each: what has not been seen for as long as it takes to fill one is forgotten.
 */
export class FlowMemory {
  readonly #capacity: number
  #recent = new Map<string, Known>()
  #older = new Map<string, Known>()
  #snapshots = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Says of each entry of a snapshot whether it is a duplicate, and who opened the connection. */
  resolve<T>(entries: readonly FlowEntry[], finish: (entry: FlowEntry, known: Verdict) => T): T[] {
    this.#snapshots++
    const known = entries.map((entry) => this.#learn(entry))
    return entries.map((entry, i) => {
      const { place, opener } = known[i] as Known
      return finish(entry, {
        duplicate: place !== placeNumber(entry.place),
        opener: opener === 'unknown' ? opposite(this.#find(entry.reverse())?.opener) : opener,
      })
    })
  }

  /** These places see nothing any more: flows that counted there count at the next place that sees them. */
  forget(places: readonly Place[]): void {
    if (places.length === 0) return
    const gone = new Set(places.map(placeNumber))
    for (const generation of [this.#recent, this.#older]) {
      for (const known of generation.values()) if (gone.has(known.place)) known.place = nowhere
    }
  }

  #learn({ tuple, place, flow }: FlowEntry): Known {
    const number = placeNumber(place)
    if (anybody.has(flow.sourceAddress)) return { ...flow, place: number, since: this.#snapshots }
    let known = this.#find(tuple)
    if (!known) {
      const { firstSeen, lastSeen, opener } = flow
      known = { place: number, firstSeen, lastSeen, since: this.#snapshots, opener }
      this.#add(tuple, known)
    } else if (
      (known.since === this.#snapshots && flow.firstSeen < known.firstSeen) ||
      known.place === nowhere ||
      flow.firstSeen - known.lastSeen > reroutedAfter
    ) {
      known.place = number
      known.firstSeen = flow.firstSeen
    }
    if (known.place === number) known.lastSeen = flow.lastSeen
    // A SYN is surer than a listener, and a later connection of the same ports shows its own.
    if (flow.syns > 0 || flow.synAcks > 0 || known.opener === 'unknown') known.opener = flow.opener
    return known
  }

  #find(tuple: string): Known | undefined {
    const recent = this.#recent.get(tuple)
    if (recent) return recent
    const older = this.#older.get(tuple)
    if (older) this.#add(tuple, older)
    return older
  }

  #add(tuple: string, known: Known): void {
    if (this.#recent.size >= this.#capacity) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(tuple, known)
  }
}

export interface Verdict {
  readonly duplicate: boolean
  readonly opener: Flow['opener']
}

const nowhere = -1

/** Whoever has no address yet sends from these (DHCP, duplicate address detection): equal tuples are not the same flow. */
const anybody = new Set(['::', '0.0.0.0'])

/** A number that is no other place's: the namespaces have 16 bits, indices 31. */
export const placeNumber = ({ netns, ifindex, egress }: Place) => (netns * 2 ** 32 + ifindex) * 2 + Number(egress)

function opposite(opener: Flow['opener'] | undefined): Flow['opener'] {
  if (opener === 'source') return 'destination'
  return opener === 'destination' ? 'source' : 'unknown'
}
