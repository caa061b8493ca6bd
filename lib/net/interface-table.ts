import type { InterfaceStatistics, NetworkInterface } from './network-interface.js'

/** An interface before and after a change: to its name, its flags, its bridge … */
export interface InterfaceChange {
  readonly before: NetworkInterface
  readonly after: NetworkInterface
}

/** What happened to the interfaces of a namespace. An index may be in both `removed` and `added`, if another interface got it. */
export interface InterfaceChanges {
  /** Interfaces that are new (at first, all that exist), or that match now because they were renamed. */
  readonly added: NetworkInterface[]
  /**
   * Interfaces that are gone, with the last report of the kernel: their final statistics, counted after the last packet. `statistics` is
   * undefined if that report was not seen, because the kernel had to drop messages or the namespace is gone.
   */
  readonly removed: NetworkInterface[]
  /** Interfaces of which more than the statistics changed. */
  readonly changed: InterfaceChange[]
  /** Interfaces that came and went since the last look, with their final statistics. */
  readonly missed: NetworkInterface[]
}

/** The interfaces of a namespace as far as messages have reported them, and what changed since `take`. */
export class InterfaceTable {
  readonly #known = new Map<number, NetworkInterface>()
  readonly #isMeant: (candidate: NetworkInterface) => boolean
  /** Counters from before an interface was watched: the first report of a new interface, or the last before one was renamed. */
  readonly #statisticsBefore = new Map<number, InterfaceStatistics | undefined>()
  #added = new Map<number, NetworkInterface>()
  #removed: NetworkInterface[] = []
  #before = new Map<number, NetworkInterface>()
  #missed: NetworkInterface[] = []

  constructor(isMeant: (candidate: NetworkInterface) => boolean) {
    this.#isMeant = isMeant
  }

  /** The interface exists, or has changed. After being renamed, it may match now, or no longer match. */
  set(now: NetworkInterface): void {
    const { index, statistics } = now
    if (!this.#isMeant(now)) {
      this.delete(now)
      this.#statisticsBefore.set(index, statistics)
      return
    }
    if (!this.#statisticsBefore.has(index)) this.#statisticsBefore.set(index, statistics)
    const before = this.#known.get(index)
    this.#known.set(index, now)
    if (before === undefined || this.#added.has(index)) this.#added.set(index, now)
    else if (!this.#before.has(index)) this.#before.set(index, before)
  }

  /** The interface is gone; `last` is the kernel's last report. */
  delete(last: NetworkInterface): void {
    const { index } = last
    this.#statisticsBefore.delete(index)
    if (!this.#known.delete(index)) return
    this.#before.delete(index)
    if (this.#added.delete(index)) this.#missed.push(last)
    else this.#removed.push(last)
  }

  /**
   * These interfaces exist, and no others. If the kind, link or address at an index differs, another interface has taken that index: its
   * removal was not reported, and nothing else tells the two apart.
   */
  replace(all: readonly NetworkInterface[]): void {
    const now = new Map(all.map((each) => [each.index, each]))
    for (const known of [...this.#known.values()]) {
      const same = now.get(known.index)
      if (same === undefined || identity(same) !== identity(known)) this.delete(withoutStatistics(known))
    }
    for (const index of this.#statisticsBefore.keys()) if (!now.has(index)) this.#statisticsBefore.delete(index)
    for (const each of all) {
      // Nobody can say whether it was created since the last look: everything it counted may have been missed.
      if (!this.#statisticsBefore.has(each.index)) this.#statisticsBefore.set(each.index, undefined)
      this.set(each)
    }
  }

  /** What a watched interface had counted before it was watched; undefined if nothing. */
  statisticsBefore(index: number): InterfaceStatistics | undefined {
    return this.#statisticsBefore.get(index)
  }

  /** What changed since the last call; undefined if nothing did. */
  take(): InterfaceChanges | undefined {
    const changed = [...this.#before].flatMap(([index, before]) => {
      const after = this.#known.get(index)
      return after && facts(before) !== facts(after) ? [{ before, after }] : []
    })
    const changes = { added: [...this.#added.values()], removed: this.#removed, changed, missed: this.#missed }
    this.#added = new Map()
    this.#removed = []
    this.#before = new Map()
    this.#missed = []
    return Object.values(changes).some((list) => list.length > 0) ? changes : undefined
  }
}

const identity = ({ kind, link, address, linkType }: NetworkInterface) =>
  JSON.stringify([kind, link, address, linkType])

/** Statistics change with every packet, so they do not count as a change. */
const facts = (one: NetworkInterface) => JSON.stringify(withoutStatistics(one))

function withoutStatistics({ statistics: _, ...rest }: NetworkInterface): NetworkInterface {
  return rest
}
