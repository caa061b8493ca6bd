import type { TcOptions } from '../attach/tc.js'
import type { BpfObject } from '../bpf-object.js'
import { BpfError } from '../errors.js'
import { closeAll } from '../internal/lifetime.js'
import type { Link } from '../link.js'
import type { NetworkNamespace } from '../net/namespace.js'
import type { NetworkInterface } from '../net/network-interface.js'
import type { InterfaceWatcher, NamespaceChanges } from '../net/watch-interfaces.js'
import type { Program } from '../program.js'
import type { UnwatchedInterface } from './flow.js'
import type { Place } from './flow-decoder.js'
import type { CheckedFlowOptions } from './flow-options.js'

/** Where a flow was seen, by the names that people have for it. */
export interface PlaceName {
  readonly interface: string
  readonly netns?: string
  readonly direction: 'ingress' | 'egress'
}

/** An interface of a namespace, and the programs on it. */
interface Hook {
  readonly netns: number
  readonly index: number
  name: string
  readonly reversed: boolean
  links: readonly Link[]
  /** Why there are none. */
  refusal?: string
}

type HookOptions = Pick<CheckedFlowOptions, 'attach' | 'perspective' | 'filter' | 'netns'>

/**
 * The flow program on every interface that a watcher tells of, as long as it is there: an object for each namespace, in the order of
 * the watcher's.
 */
export class FlowHooks {
  readonly #watcher: InterfaceWatcher
  readonly #objects: readonly BpfObject[]
  readonly #options: HookOptions
  readonly #namespaces: readonly NetworkNamespace[]
  readonly #hooks = new Map<string, Hook>()
  /** Names of those that are gone, for what they counted last. */
  readonly #gone = new Map<string, Hook>()
  #missed: UnwatchedInterface[] = []
  #failure: unknown

  /** @throws {BpfError} where an interface that is there refuses the programs. */
  constructor(watcher: InterfaceWatcher, objects: readonly BpfObject[], options: HookOptions) {
    this.#watcher = watcher
    this.#objects = objects
    this.#options = options
    this.#namespaces = watcher.namespaces
    try {
      for (const changes of watcher.read()) this.#apply(changes, true)
    } catch (error) {
      this.#detachAll()
      throw error
    }
    void this.#follow()
  }

  /** `tcx` or `clsact`; undefined while there is no interface. */
  get attachment(): string | undefined {
    return [...this.#hooks.values()].find(({ links }) => links.length > 0)?.links[0]?.kind
  }

  nameOf({ netns, ifindex, egress }: Place): PlaceName {
    const key = keyOf(netns, ifindex)
    const hook = this.#hooks.get(key) ?? this.#gone.get(key)
    return {
      interface: hook?.name ?? String(ifindex),
      ...this.#netnsOf(netns),
      direction: egress === (hook?.reversed ?? false) ? 'ingress' : 'egress',
    }
  }

  /** What the sockets of that namespace call it. */
  inodeOf({ netns }: Place): number | undefined {
    return this.#namespaces[netns]?.inode
  }

  /** Places on interfaces that are gone: what they saw is complete once programs that were running then have ended. */
  gone(): Place[] {
    return [...this.#gone.values()].flatMap(({ netns, index }) => [
      { netns, ifindex: index, egress: false },
      { netns, ifindex: index, egress: true },
    ])
  }

  /** Lets their names go, and returns those that have not come back meanwhile, as an interface does that got its name back. */
  forget(places: readonly Place[]): Place[] {
    const keys = new Set(places.map(({ netns, ifindex }) => keyOf(netns, ifindex)))
    for (const key of keys) this.#gone.delete(key)
    return places.filter(({ netns, ifindex }) => !this.#hooks.has(keyOf(netns, ifindex)))
  }

  /** Those that came and went unseen since the last call, and those that refuse the programs as long as they are there. */
  takeUnwatched(): UnwatchedInterface[] {
    const missed = this.#missed
    this.#missed = []
    const refusing = [...this.#hooks.values()].flatMap(({ netns, name, refusal }): UnwatchedInterface[] =>
      refusal === undefined ? [] : [{ interface: name, ...this.#netnsOf(netns), reason: refusal }],
    )
    return [...missed, ...refusing]
  }

  /** @throws whatever ended the watching of interfaces, if anything did. */
  requireWatching(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Takes the programs off every interface, and follows no more. */
  close(): void {
    try {
      this.#watcher.close()
    } finally {
      this.#detachAll()
    }
  }

  async #follow(): Promise<void> {
    try {
      for await (const changes of this.#watcher) this.#apply(changes, false)
    } catch (error) {
      this.#failure = error
    }
  }

  #apply({ namespace, added, removed, changed, missed }: NamespaceChanges, required: boolean): void {
    const netns = this.#namespaces.findIndex(
      ({ inode, device }) => inode === namespace.inode && device === namespace.device,
    )
    for (const one of removed) this.#remove(netns, one)
    for (const one of missed) {
      const { name, statistics } = one
      this.#missed.push({
        interface: name,
        ...this.#netnsOf(netns),
        reason: 'gone before it could be watched',
        ...(statistics && { packets: Number(statistics.rxPackets + statistics.txPackets) }),
      })
    }
    for (const { after } of changed) {
      const hook = this.#hooks.get(keyOf(netns, after.index))
      if (hook) hook.name = after.name
    }
    for (const one of added) this.#add(netns, one, required)
  }

  #add(netns: number, one: NetworkInterface, required: boolean): void {
    const { name, index } = one
    const reversed = this.#options.perspective === 'peer' && leadsElsewhere(one)
    const hook: Hook = { netns, index, name, reversed, links: [] }
    try {
      hook.links = this.#attach(hook)
    } catch (error) {
      // One that has gone meanwhile is told of as removed.
      const isGone = error instanceof BpfError && error.code === 'ENODEV'
      if (required && !isGone) throw error
      hook.refusal = error instanceof Error ? error.message : String(error)
    }
    this.#hooks.set(keyOf(netns, index), hook)
  }

  #attach({ netns, index, reversed }: Hook): Link[] {
    const { attach, filter } = this.#options
    const file = this.#netnsOf(netns)
    const links: Link[] = []
    try {
      for (const direction of ['ingress', 'egress'] as const) {
        const told = reversed ? opposite[direction] : direction
        if (filter.direction !== undefined && filter.direction !== told) continue
        const program = (this.#objects[netns] as BpfObject).program(`flow_${direction}`)
        links.push(attachTc(program, attach, { interface: index, direction, ...file }))
      }
      return links
    } catch (error) {
      closeAll(links)
      throw error
    }
  }

  #remove(netns: number, { index }: NetworkInterface): void {
    const key = keyOf(netns, index)
    const hook = this.#hooks.get(key)
    if (!hook) return
    this.#hooks.delete(key)
    this.#gone.set(key, hook)
    closeAll(hook.links)
  }

  #detachAll(): void {
    const links = [...this.#hooks.values()].flatMap((hook) => {
      const held = hook.links
      hook.links = []
      return held
    })
    closeAll(links)
  }

  #netnsOf(netns: number): { netns?: string } {
    const file = this.#namespaces[netns]?.file
    return this.#options.netns === undefined || file === undefined ? {} : { netns: file }
  }
}

const keyOf = (netns: number, index: number) => `${netns} ${index}`

const opposite = { ingress: 'egress', egress: 'ingress' } as const

/** The host's end of a pair whose other end is a container's, or the container's own. */
const leadsElsewhere = ({ kind, link }: NetworkInterface) =>
  (kind === 'veth' || kind === 'netkit') && link?.netns !== undefined

function attachTc(program: Program, how: CheckedFlowOptions['attach'], options: TcOptions): Link {
  if (how === 'tcx') return program.attachTcx(options)
  if (how === 'clsact') return program.attachClsact(options)
  return program.attachTc(options)
}
