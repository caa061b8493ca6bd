import type { BpfObject } from '../bpf-object.js'
import { type Closable, closeAll, closeEach, Handle } from '../internal/lifetime.js'
import { InterfaceWatcher } from '../net/watch-interfaces.js'
import { plus, zero } from './counts.js'
import { EpochTable } from './epoch-table.js'
import type { Counts, Flow, FlowSnapshot, InterfaceCounts, Unfiled } from './flow.js'
import { combine, FlowCounters, nothingUnfiled, type PlaceCounts } from './flow-counters.js'
import { type FlowEntry, flowDecoder, type Place } from './flow-decoder.js'
import { compileFilter } from './flow-filter.js'
import { FlowHooks } from './flow-hooks.js'
import { FlowMemory, placeNumber } from './flow-memory.js'
import { loadFlowObjects } from './flow-objects.js'
import { checkFlowOptions, type FlowMonitorOptions } from './flow-options.js'
import { FlowSockets } from './flow-sockets.js'
import type { RetransmitSnapshot } from './retransmit.js'
import { RetransmitMonitor } from './retransmit-monitor.js'
import { type Monitor, type SnapshotOptions, snapshots } from './snapshots.js'

/**
 * Counts every packet of the interfaces by flow, in the kernel, and yields what each interval held.
 *
 * @throws {PermissionError} without CAP_BPF and CAP_NET_ADMIN (before the first snapshot).
 * @throws {BpfError} ENODEV for an interface's plain name that no namespace has, ENOENT for a namespace that is not there.
 * @throws {TypeError} {RangeError} naming an option that cannot be used and its value.
 */
export function monitorFlows(
  options: FlowMonitorOptions & SnapshotOptions = {},
): AsyncGenerator<FlowSnapshot, void, undefined> {
  return snapshots(() => FlowMonitor.open(options), options)
}

/** The flow program on a set of interfaces, both directions, with snapshots on demand. `monitorFlows` is the loop around it. */
export class FlowMonitor extends Handle implements Monitor<FlowSnapshot> {
  readonly #object: BpfObject
  readonly #hooks: FlowHooks
  readonly #sockets: RetransmitMonitor | undefined
  readonly #sampling: number
  readonly #table: EpochTable
  readonly #counters: FlowCounters
  readonly #memory: FlowMemory
  readonly #decoder: ReturnType<typeof flowDecoder>
  #start = Date.now()

  static async open(options: FlowMonitorOptions = {}): Promise<FlowMonitor> {
    const checked = checkFlowOptions(options)
    const { netns, interfaces, maxEntries, tunnels, sampling } = checked
    const filter = compileFilter(checked.filter)
    const watcher = new InterfaceWatcher({ ...(netns !== undefined && { netns }), interfaces, ref: false })
    const opened: Closable[] = [watcher]
    try {
      const innerTunnels = tunnels === 'inner'
      const count = watcher.namespaces.length
      const objects = await loadFlowObjects(count, { maxEntries, innerTunnels, sampling, filter })
      opened.push(...objects)
      const hooks = new FlowHooks(watcher, objects, checked)
      opened.push(hooks)
      const sockets = checked.sockets && (await RetransmitMonitor.open(checked.sockets))
      return new FlowMonitor(objects, hooks, sampling, sockets)
    } catch (error) {
      closeEach(opened)
      throw error
    }
  }

  private constructor(
    objects: readonly BpfObject[],
    hooks: FlowHooks,
    sampling: number,
    sockets: RetransmitMonitor | undefined,
  ) {
    super({ close: () => closeAll([...objects, hooks, ...(sockets ? [sockets] : [])]) }, 'a flow monitor')
    const [object] = objects
    if (!object?.btf) throw new TypeError('the flow program has no BTF')
    this.#object = object
    this.#hooks = hooks
    this.#sockets = sockets
    this.#sampling = sampling
    this.#table = new EpochTable(object, { slot: 'flow_epochs', tables: ['flow_table_a', 'flow_table_b'] })
    this.#counters = new FlowCounters(object)
    this.#memory = new FlowMemory(this.#table.maxEntries)
    this.#decoder = flowDecoder(object.btf)
  }

  /** How the programs are attached: `tcx` or `clsact`; undefined while there is no interface. */
  get attachment(): string | undefined {
    return this.#hooks.attachment
  }

  /** The loaded object: its programs' run time, its maps. That of the first namespace, where there are several. */
  get object(): BpfObject {
    return this.#object
  }

  /** @throws whatever has ended the watching for interfaces that come and go, such as a lack of memory. */
  snapshot(): Promise<FlowSnapshot> {
    return this.#take(() => this.#sockets?.snapshot())
  }

  async stop(): Promise<FlowSnapshot> {
    this.#hooks.close()
    await this.#table.settle()
    return this.#take(() => this.#sockets?.stop())
  }

  async #take(takeSockets: () => Promise<RetransmitSnapshot> | undefined): Promise<FlowSnapshot> {
    this.#hooks.requireWatching()
    const gone = this.#hooks.gone()
    const entries: FlowEntry[] = []
    const decode = this.#decoder()
    await this.#table.swap((keys, k, values, v) => {
      entries.push(decode(keys, k, values, v))
    })
    const snapshot = this.#snapshot(entries, await takeSockets())
    this.#memory.forget(gone)
    this.#counters.forget(this.#hooks.forget(gone))
    return snapshot
  }

  #snapshot(entries: readonly FlowEntry[], sockets: RetransmitSnapshot | undefined): FlowSnapshot {
    const { places, lostFlows } = this.#counters.take()
    const socketOf = new FlowSockets(sockets?.sockets?.connections ?? [])
    const flows = this.#memory.resolve<Flow>(entries, ({ flow, place }, verdict) => {
      const socket = socketOf.of(flow, this.#hooks.inodeOf(place))
      return { ...flow, ...this.#hooks.nameOf(place), ...verdict, ...(socket && { socket }) }
    })
    const unfiled = places.reduce<Unfiled>((sum, place) => combine(plus, sum, place), nothingUnfiled)
    const start = this.#start
    this.#start = Date.now()
    return {
      start,
      end: this.#start,
      flows,
      totals: [
        unfiled.nonIp,
        unfiled.malformed,
        unfiled.lost,
        ...flows.filter(({ duplicate }) => !duplicate),
      ].reduce<Counts>(plus, zero),
      interfaces: this.#interfaces(entries, places),
      ...unfiled,
      lost: { ...unfiled.lost, flows: lostFlows },
      table: { entries: entries.length, maxEntries: this.#table.maxEntries, refusals: unfiled.lost.packets },
      unwatched: this.#hooks.takeUnwatched(),
      ...(sockets && { sockets }),
      ...(this.#sampling > 1 && { sampling: this.#sampling }),
    }
  }

  /** What each direction of each interface saw, in flows and beside them. */
  #interfaces(entries: readonly FlowEntry[], places: readonly PlaceCounts[]): InterfaceCounts[] {
    const sums = new Map<number, { place: Place; filed: Mutable<Counts>; unfiled: Unfiled }>()
    const at = (place: Place) => {
      const number = placeNumber(place)
      const sum = sums.get(number) ?? { place, filed: { ...zero }, unfiled: nothingUnfiled }
      sums.set(number, sum)
      return sum
    }
    for (const { place, ...unfiled } of places) at(place).unfiled = unfiled
    for (const { flow, place } of entries) {
      const { filed } = at(place)
      filed.packets += flow.packets
      filed.bytes += flow.bytes
      filed.segments += flow.segments
    }
    return [...sums.values()]
      .map(({ place, filed, unfiled }) => ({
        ...this.#hooks.nameOf(place),
        ...Object.values<Counts>({ ...unfiled }).reduce(plus, filed),
        ...unfiled,
      }))
      .filter(({ packets }) => packets > 0)
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
