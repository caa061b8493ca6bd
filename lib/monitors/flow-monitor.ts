import type { BpfObject } from '../bpf-object.js'
import { type Closable, closeAll, closeEach, Handle } from '../internal/lifetime.js'
import { InterfaceWatcher } from '../net/watch-interfaces.js'
import type { Connection } from './connection.js'
import { plus } from './counts.js'
import { EpochTable } from './epoch-table.js'
import type { FlowSnapshot, Unfiled } from './flow.js'
import { combine, FlowCounters, nothingUnfiled } from './flow-counters.js'
import { type DraftFlow, type FlowDecoder, flowDecoder } from './flow-decoder.js'
import { compileFilter } from './flow-filter.js'
import { FlowHooks } from './flow-hooks.js'
import { FlowInterval } from './flow-interval.js'
import { FlowMemory } from './flow-memory.js'
import { loadFlowObjects } from './flow-objects.js'
import { checkFlowOptions, type FlowMonitorOptions } from './flow-options.js'
import { FlowSockets } from './flow-sockets.js'
import { IntervalClock } from './interval-clock.js'
import type { RetransmitSnapshot } from './retransmit.js'
import type { RetransmitMonitor, RetransmitMonitorOptions } from './retransmit-monitor.js'
import { type Monitor, type SnapshotOptions, snapshots } from './snapshots.js'

/**
 * Counts every packet of the interfaces by flow, in the kernel, and yields what each interval held.
 *
 * @throws {PermissionError} without CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (before the first snapshot).
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
  readonly #decoder: FlowDecoder
  readonly #clock = new IntervalClock()

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
      const sockets = checked.sockets && (await openSockets(checked.sockets))
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
    this.#decoder = flowDecoder(object.btf)
    this.#table = new EpochTable(object, { slot: 'flow_epochs', tables: ['flow_table_a', 'flow_table_b'] })
    this.#counters = new FlowCounters(object, objects.length)
    this.#memory = new FlowMemory(this.#decoder.tupleWords, this.#table.maxEntries)
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
    const interval = new FlowInterval(this.#decoder, this.#memory, (place) => this.#hooks.nameOf(place))
    await this.#table.swap(interval.visit)
    const snapshot = this.#snapshot(interval, await takeSockets())
    this.#memory.forget(gone)
    this.#counters.forget(this.#hooks.forget(gone))
    return snapshot
  }

  #snapshot(interval: FlowInterval, sockets: RetransmitSnapshot | undefined): FlowSnapshot {
    const { places, lostFlows } = this.#counters.take()
    const { flows } = interval
    const filed = interval.settle()
    const connections = sockets?.sockets?.connections
    if (connections) this.#join(interval, connections)
    const unfiled = places.reduce<Unfiled>((sum, place) => combine(plus, sum, place), nothingUnfiled)
    return {
      ...this.#clock.take(),
      flows,
      totals: [unfiled.nonIp, unfiled.malformed, unfiled.lost].reduce(plus, filed),
      interfaces: interval.interfaces(places),
      ...unfiled,
      lost: { ...unfiled.lost, flows: lostFlows },
      table: { entries: flows.length, maxEntries: this.#table.maxEntries, refusals: unfiled.lost.packets },
      unwatched: this.#hooks.takeUnwatched(),
      ...(sockets && { sockets }),
      ...(this.#sampling > 1 && { sampling: this.#sampling }),
    }
  }

  #join(interval: FlowInterval, connections: readonly Connection[]): void {
    const sockets = new FlowSockets(connections)
    for (const [i, flow] of interval.flows.entries()) {
      const socket = sockets.of(flow, this.#hooks.inodeOf(interval.placeOf(i)))
      if (socket) (flow as DraftFlow).socket = socket
    }
  }
}

/** Most flows are watched without them, and start faster so. */
async function openSockets(options: RetransmitMonitorOptions): Promise<RetransmitMonitor> {
  const { RetransmitMonitor } = await import('./retransmit-monitor.js')
  return RetransmitMonitor.open(options)
}
