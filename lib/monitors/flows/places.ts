import type { Direction, HookInterface } from '../../link/attach/hook-links.js'
import type { NetworkNamespace } from '../../net/namespace.js'
import type { NamespaceWatch } from '../../net/namespace-watch.js'
import type { NetworkInterface } from '../../net/network-interface.js'
import type { Place } from './decoder.js'
import type { Hook } from './hook.js'
import type { FlowObjects } from './objects.js'
import { type Hop, leadsTo, type Surroundings, vrfOf } from './paths.js'

/** Where a flow was seen, by human-readable names. */
export interface PlaceName {
  readonly interface: string
  readonly netns?: string
  readonly direction: Direction
}

/** What the numbers in the keys of flows stand for. */
export class FlowPlaces implements Surroundings {
  readonly #objects: FlowObjects
  readonly #namespaces: readonly NetworkNamespace[]
  readonly #watches: readonly NamespaceWatch[]
  readonly #named: boolean
  readonly #onNumber: (number: number) => void
  /** By number and index; those that are gone stay until their last data is read. */
  readonly #hooks = new Map<string, Hook>()
  /** Indices of namespaces, by the index of another namespace and its id for them. */
  readonly #namespacesById = new Map<string, number>()
  /** Which namespace each number of a program is for. */
  readonly #numbers: number[]

  /** `named`: whether hooks are reported with the file of their namespace. */
  constructor(
    objects: FlowObjects,
    watches: Iterable<NamespaceWatch>,
    { named, onNumber }: { readonly named: boolean; readonly onNumber: (number: number) => void },
  ) {
    this.#objects = objects
    this.#watches = [...watches]
    this.#namespaces = this.#watches.map(({ namespace }) => namespace)
    this.#numbers = this.#watches.map((_, namespace) => namespace)
    this.#named = named
    this.#onNumber = onNumber
  }

  get namespaces(): readonly NetworkNamespace[] {
    return this.#namespaces
  }

  watchOf(namespace: number): NamespaceWatch {
    return this.#watches[namespace] as NamespaceWatch
  }

  /** @throws {BpfError} ENODEV if its namespace is gone. */
  addressOf({ namespace, info }: Hook): HookInterface {
    return { ...this.watchOf(namespace).options, ifindex: info.index }
  }

  netnsOf(namespace: number): { netns?: string } {
    const file = this.#namespaces[namespace]?.file
    return this.#named && file !== undefined ? { netns: file } : {}
  }

  /**
   * Gives the interface a number with which its index was not used since the last snapshot: the kernel may reuse an index before the data
   * of the previous interface is read.
   */
  async settle(hook: Hook): Promise<number> {
    const free = this.#numbers.findIndex(
      (namespace, number) => namespace === hook.namespace && this.#isFree(hook, number),
    )
    if (free !== -1) return this.#take(hook, free)
    const number = await this.#objects.add()
    this.#numbers[number] = hook.namespace
    this.#onNumber(number)
    return this.#take(hook, number)
  }

  nameOf(place: Place): PlaceName {
    const hook = this.#hookOf(place)
    return {
      interface: hook?.info.name ?? String(place.ifindex),
      ...this.netnsOf(this.#numbers[place.netns] ?? -1),
      direction: place.egress === (hook?.reversed ?? false) ? 'ingress' : 'egress',
    }
  }

  /** A number for the namespace of a hook, or for the VRF in it. */
  domainOf(place: Place): number {
    const hop = this.hopOf(place)
    return (this.#numbers[place.netns] ?? -1) * 2 ** 32 + (hop ? vrfOf(hop, this) : 0)
  }

  /** Whether the packets of a flow that the one hook sees reach the other from there. */
  leadsTo(from: Place, to: Place, linkScoped: boolean): boolean {
    const [before, after] = [this.hopOf(from), this.hopOf(to)]
    return before !== undefined && after !== undefined && leadsTo(before, after, linkScoped, this)
  }

  /** Hooks that see nothing any more: their data is complete once the programs that are running have ended. */
  gone(): Place[] {
    return [...this.#hooks.values()].flatMap(({ detached, number = 0, info: { index } }) =>
      detached ? [false, true].map((egress) => ({ netns: number, ifindex: index, egress })) : [],
    )
  }

  /** Forgets their names, and returns those that were not reused in the meantime. */
  forget(places: readonly Place[]): Place[] {
    return places.filter(({ netns, ifindex }) => {
      const key = keyOf(netns, ifindex)
      const hook = this.#hooks.get(key)
      if (hook?.detached) this.#hooks.delete(key)
      return hook === undefined || hook.detached
    })
  }

  namespaceById(namespace: number, id: number): number | undefined {
    const key = keyOf(namespace, id)
    const known = this.#namespacesById.get(key)
    // The id of a namespace that is gone may be reused for another one.
    if (known !== undefined && !this.watchOf(known).closed) return known
    const found = this.#lookUp(namespace, id)
    if (found === undefined) this.#namespacesById.delete(key)
    else this.#namespacesById.set(key, found)
    return found
  }

  interfaceOf(namespace: number, index: number): NetworkInterface | undefined {
    for (const [number, at] of this.#numbers.entries()) {
      const hook = at === namespace ? this.#hooks.get(keyOf(number, index)) : undefined
      if (hook && !hook.gone) return hook.info
    }
    return undefined
  }

  #lookUp(namespace: number, id: number): number | undefined {
    const watch = this.#watches[namespace]
    if (!watch || watch.closed) return undefined
    const found = this.#watches.findIndex((other) => other !== watch && !other.closed && watch.idOf(other) === id)
    return found === -1 ? undefined : found
  }

  /** An interface that came back under the same name may get its old number, since the names are the same. */
  #isFree({ info, reversed }: Hook, number: number): boolean {
    const before = this.#hooks.get(keyOf(number, info.index))
    return before === undefined || (before.gone && before.info.name === info.name && before.reversed === reversed)
  }

  #take(hook: Hook, number: number): number {
    hook.number = number
    this.#hooks.set(keyOf(number, hook.info.index), hook)
    return number
  }

  #hookOf({ netns, ifindex }: Place): Hook | undefined {
    return this.#hooks.get(keyOf(netns, ifindex))
  }

  /** Undefined if the interface was forgotten. */
  hopOf(place: Place): Hop | undefined {
    const hook = this.#hookOf(place)
    return hook && { namespace: hook.namespace, egress: place.egress, info: hook.info }
  }
}

const keyOf = (number: number, index: number) => `${number} ${index}`
