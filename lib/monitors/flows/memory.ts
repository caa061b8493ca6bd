import type { Moments, Place } from './decoder.js'
import type { Flow } from './flow.js'
import { TupleMap } from './tuple-map.js'

/** A hook that sees a flow. */
export interface Sighting {
  readonly place: number
  /** The namespace, or the VRF in it: in another domain the same addresses may be another connection. */
  readonly domain: number
  firstSeen: number
  lastSeen: number
  /** The snapshot in which the hook first saw the flow. */
  readonly since: number
  /** Where the same packets are counted: itself, if they are counted here. Undefined until the end of the snapshot. */
  countedAt: Sighting | undefined
  /** The packets pass here before the hook where they are counted, not after it. */
  upstream: boolean
}

/** What is remembered about one direction of a 5-tuple. */
export interface Known {
  /** Usually one. */
  sightings: Sighting[]
  unsettled: boolean
  /** Forwarded by bridges only. */
  readonly linkScoped: boolean
  /** The opener, as seen in the domain where the flow was seen first (`domain`); other domains are in `openersElsewhere`. */
  opener: Flow['opener']
  readonly domain: number
  openersElsewhere: Map<number, Flow['opener']> | undefined
  /** The other direction. */
  reverse: Known | undefined
}

type Seen = Pick<Flow, 'syns' | 'synAcks' | 'opener'>

/** Whether the packets of a flow that one hook sees reach another hook from there. */
export type LeadsTo = (from: number, to: number, linkScoped: boolean) => boolean

/**
 * The longest time, in milliseconds, that a packet may take from one hook to another. If a hook sees packets for longer than that after
 * the last packet at the hook where they are counted, they take another path now.
 */
const longestWay = 2000

/**
 * Which hooks count a flow, and who opened the connection, from one snapshot to the next: a packet may pass the first interface in one
 * interval and the second in another, and only the first interval of a connection has its SYN. Two generations hold `capacity` tuples
 * each: a tuple that was not seen for as long as it takes to fill one generation is forgotten.
 *
 * A hook counts unless its packets provably come from, or go to, a hook that counts. It keeps counting for as long as it sees the flow.
 */
export class FlowMemory {
  readonly #tupleWords: number
  readonly #capacity: number
  readonly #leadsTo: LeadsTo
  #recent: TupleMap<Known>
  #older: TupleMap<Known>
  #snapshots = 0

  constructor(tupleWords: number, capacity: number, leadsTo: LeadsTo) {
    this.#tupleWords = tupleWords
    this.#capacity = capacity
    this.#leadsTo = leadsTo
    this.#recent = new TupleMap(tupleWords)
    this.#older = new TupleMap(tupleWords)
  }

  beginSnapshot(): void {
    this.#snapshots++
  }

  /**
   * What is known of a flow after one more record of it. `reverse` is the tuple of the other direction, for protocols in which one end
   * opens a connection.
   */
  learn(
    tuple: Uint32Array,
    reverse: Uint32Array | undefined,
    place: number,
    seen: Seen,
    moments: Moments,
    { linkScoped = false, domain = 0 }: { readonly linkScoped?: boolean; readonly domain?: number } = {},
  ): Known {
    let known = this.#find(tuple)
    if (!known) {
      known = alone(place, seen, moments, { since: this.#snapshots, linkScoped, domain })
      if (reverse) {
        const other = this.#find(reverse)
        known.reverse = other
        if (other) other.reverse = known
      }
      this.#add(tuple, known)
      return known
    }
    this.#see(known, place, domain, moments)
    // A SYN is more reliable than a listener, and a later connection with the same ports shows its own SYN.
    if (seen.syns > 0 || seen.synAcks > 0 || openerIn(known, domain) === 'unknown')
      setOpener(known, domain, seen.opener)
    return known
  }

  /** Whether what that hook saw is in `totals`. Only valid once all records of the snapshot are learned. */
  counts(known: Known, place: number): boolean {
    if (known.unsettled) this.#settle(known)
    const sighting = known.sightings.find((each) => each.place === place)
    return sighting === undefined || sighting.countedAt === sighting
  }

  /** These hooks see nothing any more: flows counted there are counted at the next hook that sees them. */
  forget(places: readonly Place[]): void {
    if (places.length === 0) return
    const gone = new Set(places.map(placeNumber))
    for (const generation of [this.#recent, this.#older]) {
      for (const known of generation.values()) drop(known, ({ place }) => gone.has(place))
    }
  }

  #see(known: Known, place: number, domain: number, { firstSeen, lastSeen }: Moments): void {
    for (const sighting of known.sightings) {
      if (sighting.place !== place) continue
      if (firstSeen < sighting.firstSeen) sighting.firstSeen = firstSeen
      if (lastSeen > sighting.lastSeen) sighting.lastSeen = lastSeen
      if (sighting.countedAt !== sighting) known.unsettled = true
      return
    }
    known.sightings.push(sightingOf(place, domain, { firstSeen, lastSeen }, this.#snapshots))
    known.unsettled = true
  }

  #settle(known: Known): void {
    const { sightings } = known
    // For a new flow, the order of the records means nothing.
    if (sightings.every(({ since }) => since === this.#snapshots))
      for (const one of sightings) one.countedAt = undefined
    for (const one of sightings) {
      const { countedAt, lastSeen } = one
      if (countedAt === undefined || lastSeen - countedAt.lastSeen <= longestWay) continue
      drop(known, (each) => lastSeen - each.lastSeen > longestWay)
    }
    const open = known.sightings.filter(({ countedAt }) => countedAt === undefined)
    for (const one of open.sort((a, b) => a.firstSeen - b.firstSeen)) this.#put(one, known)
    known.unsettled = false
  }

  /** Finds where the packets that the hook sees are counted. */
  #put(one: Sighting, { sightings, linkScoped }: Known): void {
    const others = sightings.filter((other) => other !== one && other.countedAt !== undefined)
    const leadsTo = (from: Sighting, to: Sighting) => this.#leadsTo(from.place, to.place, linkScoped)
    const before = others.find((other) => leadsTo(other, one))
    if (before) {
      one.countedAt = before.countedAt
      return
    }
    const after = others.find((other) => (other.countedAt === other || other.upstream) && leadsTo(one, other))
    one.countedAt = after?.countedAt ?? one
    one.upstream = after !== undefined
    if (!after || after.countedAt !== after || after.since !== this.#snapshots || one.since !== this.#snapshots) return
    // No snapshot has reported yet that the flow counts at the other hook, so it counts where its packets come from.
    one.upstream = false
    for (const each of [...others, one]) if (each.countedAt === after) each.countedAt = one
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

/** Removes sightings; other sightings of the same packets become undecided again. */
function drop(known: Known, isGone: (sighting: Sighting) => boolean): void {
  if (!known.sightings.some(isGone)) return
  const left = known.sightings.filter((each) => !isGone(each))
  known.sightings = left
  for (const each of left) {
    if (each.countedAt === undefined || left.includes(each.countedAt)) continue
    each.countedAt = undefined
    each.upstream = false
    known.unsettled = true
  }
}

const sightingOf = (place: number, domain: number, { firstSeen, lastSeen }: Moments, since: number): Sighting => ({
  place,
  domain,
  firstSeen,
  lastSeen,
  since,
  countedAt: undefined,
  upstream: false,
})

interface Circumstances {
  readonly since: number
  readonly linkScoped: boolean
  readonly domain: number
}

function alone(place: number, { opener }: Seen, moments: Moments, { since, linkScoped, domain }: Circumstances): Known {
  const sighting = sightingOf(place, domain, moments, since)
  sighting.countedAt = sighting
  return {
    sightings: [sighting],
    unsettled: false,
    linkScoped,
    opener,
    domain,
    openersElsewhere: undefined,
    reverse: undefined,
  }
}

/** For a flow that cannot be told apart from others: this record is all that is known. */
export const fresh = (place: number, seen: Seen): Known =>
  alone(place, seen, never, { since: 0, linkScoped: false, domain: 0 })

const never: Moments = { firstSeen: 0, lastSeen: 0 }

/** Who opened the connection that a hook sees, according to its own domain, or to another one that saw the same packets. */
export function openerOf(known: Known, place: number): Flow['opener'] {
  const one = known.sightings.find((each) => each.place === place)
  if (!one) return 'unknown'
  const opener = openerHere(known, one.domain)
  if (opener !== 'unknown') return opener
  for (const { domain, countedAt } of known.sightings) {
    if (domain === one.domain || countedAt === undefined || countedAt !== one.countedAt) continue
    const there = openerHere(known, domain)
    if (there !== 'unknown') return there
  }
  return 'unknown'
}

/** According to either direction. */
function openerHere(known: Known, domain: number): Flow['opener'] {
  const opener = openerIn(known, domain)
  if (opener !== 'unknown' || !known.reverse) return opener
  const other = openerIn(known.reverse, domain)
  if (other === 'source') return 'destination'
  return other === 'destination' ? 'source' : 'unknown'
}

const openerIn = (known: Known, domain: number): Flow['opener'] =>
  domain === known.domain ? known.opener : (known.openersElsewhere?.get(domain) ?? 'unknown')

function setOpener(known: Known, domain: number, opener: Flow['opener']): void {
  if (domain === known.domain) {
    known.opener = opener
  } else if (opener !== 'unknown') {
    known.openersElsewhere ??= new Map()
    known.openersElsewhere.set(domain, opener)
  }
}

/** A number that is unique to the hook: namespaces have 16 bits, interface indices 31. */
export const placeNumber = ({ netns, ifindex, egress }: Place) => (netns * 2 ** 32 + ifindex) * 2 + Number(egress)

/** The hook that has the number. */
export function placeOf(number: number): Place {
  const half = Math.floor(number / 2)
  return { netns: Math.floor(half / 2 ** 32), ifindex: half % 2 ** 32, egress: number % 2 === 1 }
}
