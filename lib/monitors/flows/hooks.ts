import { setTimeout as sleep } from 'node:timers/promises'
import { HookLinks, type InterfacePackets } from '../../link/attach/hook-links.js'
import type { InterfaceStatistics, NetworkInterface } from '../../net/network-interface.js'
import type { InterfaceWatcher, NamespaceChanges } from '../../net/watch-interfaces.js'
import { atExit } from '../shared/at-exit.js'
import type { UnwatchedInterface } from './flow.js'
import { type Hook, missedPackets, packetsOf } from './hook.js'
import { HookQueue } from './hook-queue.js'
import { HookReports } from './hook-reports.js'
import { placeNumber } from './memory.js'
import type { FlowObjects } from './objects.js'
import type { CheckedFlowOptions } from './options.js'
import { FlowPlaces } from './places.js'

type HookOptions = Pick<CheckedFlowOptions, 'attach' | 'perspective' | 'filter' | 'netns'>

/** Milliseconds before retrying what failed for lack of descriptors or memory. */
const pause = 200
/** Milliseconds that the exiting process waits for clsact filters to be detached, since they would outlive it. */
const exitPatience = 2000
/** The least time between two checks whether the programs are still attached, in milliseconds. */
const lookInterval = 500

/** The flow program on every interface that a watcher reports, for as long as the interface exists. */
export class FlowHooks {
  readonly places: FlowPlaces
  readonly #watcher: InterfaceWatcher
  readonly #options: HookOptions
  readonly #links: HookLinks
  readonly #queue: HookQueue
  readonly #reports: HookReports
  /** The existing ones, by namespace and index. */
  readonly #hooks = new Map<string, Hook>()
  /** Those to which the programs were attached since the last call of `takeNew`. */
  #new: Hook[] = []
  #lastLook = performance.now()
  /** How far the last checks have got in the list of hooks. */
  #looked = 0
  #closed = false
  readonly #exit = atExit(() => this.close(this.#links.kind === 'clsact' ? exitPatience : 0))

  /**
   * Attaches to all existing interfaces; once `signal` aborts, to no more.
   *
   * @throws {BpfError} if an existing interface refuses the programs.
   */
  static async open(
    watcher: InterfaceWatcher,
    objects: FlowObjects,
    options: HookOptions,
    { onNumber, signal }: { readonly onNumber: (number: number) => void; readonly signal: AbortSignal | undefined },
  ): Promise<FlowHooks> {
    const hooks = new FlowHooks(watcher, objects, options, onNumber)
    try {
      for (const changes of watcher.read()) hooks.#apply(changes, true)
      void hooks.#follow()
      await hooks.#attachAll(signal)
      return hooks
    } catch (error) {
      hooks.close()
      throw error
    }
  }

  private constructor(
    watcher: InterfaceWatcher,
    objects: FlowObjects,
    options: HookOptions,
    onNumber: (number: number) => void,
  ) {
    this.#watcher = watcher
    this.#options = options
    this.places = new FlowPlaces(objects, watcher.watches, { named: options.netns !== undefined, onNumber })
    this.#links = new HookLinks(options.attach)
    this.#reports = new HookReports((namespace) => this.places.netnsOf(namespace))
    const parts = { objects, places: this.places, links: this.#links }
    this.#queue = new HookQueue(parts, options, (hook) => this.#attached(hook))
  }

  /** `tcx` or `clsact`; undefined while there is no interface. */
  get attachment(): string | undefined {
    return [...this.#hooks.values()].some(({ attached, links }) => attached && links.length > 0)
      ? this.#links.kind
      : undefined
  }

  /** The files of the namespaces, once all of them are gone and nothing more will come. */
  get ended(): readonly string[] | undefined {
    const { namespaces } = this.places
    return this.#reports.ended.size === namespaces.length ? namespaces.map(({ file }) => file) : undefined
  }

  /** New interfaces to which the programs were attached since the last call: some packets may have come before. */
  takeNew(): Hook[] {
    const taken = this.#new
    this.#new = []
    return taken
  }

  /** How many packets of a new interface came before the programs; `counted` is what they have counted since, by hook. */
  async missedBy(hook: Hook, counted: ReadonlyMap<number, number>): Promise<number> {
    const now = hook.last ? totals(hook.last.statistics) : await this.#links.packets(() => this.places.addressOf(hook))
    let missed = 0
    for (const direction of ['ingress', 'egress'] as const) {
      const first = hook.first[direction]
      if (!first) continue
      const place = { netns: hook.number ?? 0, ifindex: hook.info.index, egress: direction === 'egress' }
      const total = now ? packetsOf(direction, now) : first.after
      missed += missedPackets(first, total, counted.get(placeNumber(place)) ?? 0) - packetsOf(direction, hook.before)
    }
    return Math.max(0, missed)
  }

  reportFirst(hook: Hook, packets: number): void {
    this.#reports.first(hook, packets)
  }

  /** What happened since the last call, and interfaces that refuse the programs, for as long as they exist. */
  takeUnwatched(): UnwatchedInterface[] {
    const reports = this.#reports.take(this.#hooks.values())
    if (this.#closed) return reports
    for (const hook of this.#hooks.values()) if (hook.passing) this.#queue.add(hook)
    return reports
  }

  /** Checks whether somebody has detached programs, and attaches them again. */
  async verify(): Promise<void> {
    // While programs are being attached, each check would have to wait for one of them.
    if (this.#closed || this.#queue.busy || performance.now() - this.#lastLook < lookInterval) return
    this.#lastLook = performance.now()
    const all = [...this.#hooks.values()].filter(({ links }) => links.length > 0)
    // If there are too many for one check, the next one continues where this one ended.
    const hooks = [...all.slice(this.#looked), ...all.slice(0, this.#looked)]
    const held = await this.#links.stillAttached(hooks.map(({ links }) => links))
    this.#looked = held.length < all.length ? (this.#looked + held.length) % all.length : 0
    const lost = hooks.filter((hook, i) => held[i] === false && !hook.gone && !this.#closed)
    for (const hook of lost) {
      hook.lost = true
      this.#links.detach(hook.links.splice(0)).catch((error) => this.#reports.stuck(hook, error))
      this.#queue.add(hook)
    }
    // If there are many, the next snapshot reports it.
    if (lost.length > 0) await Promise.race([this.#queue.done, sleep(pause, undefined, { ref: false })])
  }

  /** Detaches the programs from every interface and stops following. What takes longer than some milliseconds goes on in the background. */
  close(patience?: number): void {
    if (this.#closed) return
    this.#closed = true
    this.#exit[Symbol.dispose]()
    this.#queue.close()
    try {
      this.#watcher.close()
    } finally {
      this.#links.close(
        [...this.#hooks.values()].flatMap(({ links }) => links.splice(0)),
        patience,
      )
    }
  }

  #attachAll(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#queue.giveUp('the monitor was stopped before it could be watched')
        resolve()
      }
      signal?.addEventListener('abort', onAbort)
      if (signal?.aborted) onAbort()
      this.#queue.done.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort))
    })
  }

  #attached(hook: Hook): void {
    if (hook.lost) this.#reports.lost(hook)
    else if (!hook.initial) this.#new.push(hook)
    hook.lost = false
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        for await (const changes of this.#watcher) this.#apply(changes, false)
        return
      } catch (error) {
        // The next attempt lists all interfaces again.
        this.#reports.trouble(error)
        await sleep(pause, undefined, { ref: false })
      }
    }
  }

  #apply({ namespace, added, removed, changed, missed, gone }: NamespaceChanges, initial: boolean): void {
    const at = this.places.namespaces.findIndex(
      ({ inode, device }) => inode === namespace.inode && device === namespace.device,
    )
    for (const one of removed) this.#remove(at, one)
    for (const one of missed) this.#reports.missed(at, one)
    for (const { after } of changed) {
      const hook = this.#hooks.get(keyOf(at, after.index))
      if (hook) hook.info = after
    }
    for (const one of added) this.#add(at, one, initial)
    if (gone) this.#reports.ended.add(at)
  }

  #add(namespace: number, info: NetworkInterface, initial: boolean): void {
    const reversed = this.#options.perspective === 'peer' && leadsElsewhere(info)
    const hook: Hook = {
      namespace,
      info,
      reversed,
      initial,
      attached: false,
      links: [],
      gone: false,
      detached: false,
      lost: false,
      before: totals(this.places.watchOf(namespace).statisticsBefore(info.index)),
      first: {},
    }
    this.#hooks.set(keyOf(namespace, info.index), hook)
    this.#queue.add(hook)
  }

  #remove(namespace: number, last: NetworkInterface): void {
    const key = keyOf(namespace, last.index)
    const hook = this.#hooks.get(key)
    if (!hook) return
    this.#hooks.delete(key)
    hook.gone = true
    hook.last = last
    this.#queue.delete(hook)
    if (!hook.attached && hook.refusal === undefined) this.#reports.missed(namespace, last)
    this.#links
      .detach(hook.links.splice(0))
      .catch((error) => this.#reports.stuck(hook, error))
      .finally(() => {
        hook.detached = true
      })
  }
}

const totals = (statistics: InterfaceStatistics | undefined): InterfacePackets => ({
  received: Number(statistics?.rxPackets ?? 0),
  sent: Number(statistics?.txPackets ?? 0),
})

const keyOf = (namespace: number, index: number) => `${namespace} ${index}`

/** Either end of a pair between a host and a container. */
const leadsElsewhere = ({ kind, link }: NetworkInterface) =>
  (kind === 'veth' || kind === 'netkit') && link?.netns !== undefined
