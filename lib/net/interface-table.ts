import type { InterfaceStatistics, NetworkInterface } from './network-interface.js'

/** An interface before and after something about it changed: its name, its flags, its bridge … */
export interface InterfaceChange {
  readonly before: NetworkInterface
  readonly after: NetworkInterface
}

/** What happened to the interfaces of a namespace. An index in `removed` may be in `added` too: it was given to another. */
export interface InterfaceChanges {
  readonly added: NetworkInterface[]
  /**
   * With what the kernel said of them at last: their final statistics, counted after the last packet. Undefined statistics where
   * that was not seen: the kernel had to drop messages, or the namespace is gone.
   */
  readonly removed: NetworkInterface[]
  /** More than statistics. */
  readonly changed: InterfaceChange[]
  /** Those that came and went since the last look, with their final statistics. */
  readonly missed: NetworkInterface[]
}

/** The interfaces of a namespace as far as messages have told, and what changed since `take`. */
export class InterfaceTable {
  readonly #known = new Map<number, NetworkInterface>()
  readonly #isMeant: (candidate: NetworkInterface) => boolean
  /** Before it was meant: what a new interface says of itself first, or one that is renamed said last. */
  readonly #statisticsBefore = new Map<number, InterfaceStatistics | undefined>()
  #added = new Map<number, NetworkInterface>()
  #removed: NetworkInterface[] = []
  #before = new Map<number, NetworkInterface>()
  #missed: NetworkInterface[] = []

  constructor(isMeant: (candidate: NetworkInterface) => boolean) {
    this.#isMeant = isMeant
  }

  /** It is there, or has changed. One that is renamed may come to be meant, or not to be any more. */
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

  /** It is gone; `last` is what the kernel said of it then. */
  delete(last: NetworkInterface): void {
    const { index } = last
    this.#statisticsBefore.delete(index)
    if (!this.#known.delete(index)) return
    this.#before.delete(index)
    if (this.#added.delete(index)) this.#missed.push(last)
    else this.#removed.push(last)
  }

  /**
   * These are there, and no others. One of another kind, link or address has taken the index of the one before: nobody said
   * that it went, and nothing else tells them apart.
   */
  replace(all: readonly NetworkInterface[]): void {
    const now = new Map(all.map((each) => [each.index, each]))
    for (const known of [...this.#known.values()]) {
      const same = now.get(known.index)
      if (same === undefined || identity(same) !== identity(known)) this.delete(withoutStatistics(known))
    }
    for (const index of this.#statisticsBefore.keys()) if (!now.has(index)) this.#statisticsBefore.delete(index)
    for (const each of all) {
      // Whether it was made since the last look nobody can say: what it counted may all have been missed.
      if (!this.#statisticsBefore.has(each.index)) this.#statisticsBefore.set(each.index, undefined)
      this.set(each)
    }
  }

  /** What an interface that is watched had counted before; undefined for nothing. */
  statisticsBefore(index: number): InterfaceStatistics | undefined {
    return this.#statisticsBefore.get(index)
  }

  /** Undefined when nothing has changed. */
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

/** Statistics change with every packet, and are no reason to tell anybody. */
const facts = (one: NetworkInterface) => JSON.stringify(withoutStatistics(one))

function withoutStatistics({ statistics: _, ...rest }: NetworkInterface): NetworkInterface {
  return rest
}
