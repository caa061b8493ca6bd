import { requireSignal } from '../../arguments.js'
import { defined } from '../../defined.js'
import type { BpfError } from '../../errors.js'
import { bpfError } from '../../internal/bpf-error.js'
import { type Closable, closeAll, closeEach, Handle } from '../../internal/lifetime.js'
import { LoopTurns } from '../../internal/loop-turns.js'
import { Turns } from '../../internal/turns.js'
import { InterfaceWatcher } from '../../net/watch-interfaces.js'
import type { BpfObject } from '../../object/bpf-object.js'
import { EpochTable } from '../shared/epoch-table.js'
import { IntervalClock } from '../shared/interval-clock.js'
import { type Monitor, type SnapshotOptions, snapshots } from '../shared/snapshots.js'
import type { Connection } from '../tcp/connection.js'
import type { TcpMonitor, TcpMonitorOptions } from '../tcp/tcp-monitor.js'
import type { TcpSnapshot } from '../tcp/tcp-snapshot.js'
import { FlowCounters, nothingUnfiled, type PlaceCounts, plusUnfiled } from './counters.js'
import { plus } from './counts.js'
import { type DraftFlow, type FlowDecoder, flowDecoder, type Place } from './decoder.js'
import { compileFilter } from './filter.js'
import type { Counts, FlowSnapshot, Unfiled } from './flow.js'
import type { Hook } from './hook.js'
import { FlowHooks } from './hooks.js'
import { FlowInterval } from './interval.js'
import { FlowMemory, placeOf } from './memory.js'
import { FlowObjects } from './objects.js'
import { checkFlowOptions, type FlowMonitorOptions } from './options.js'
import { socketPlaces } from './socket-places.js'
import { FlowSockets } from './sockets.js'

/**
 * Counts every packet of the interfaces by flow, in the kernel, and yields a snapshot of each interval. When all network namespaces
 * named in `netns` are gone, the last snapshot is followed by an error.
 *
 * @throws {PermissionError} without CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (before the first snapshot).
 * @throws {BpfError} ENODEV if no namespace has an interface with a given plain name; ENOENT if a namespace does not exist, or is gone.
 * @throws {TypeError} {RangeError} naming an option that cannot be used, and its value.
 *
 * @example
 * ```ts
 * import { monitorFlows } from 'ebpf/flows'
 *
 * for await (const { flows, totals } of monitorFlows({ interfaces: 'eth*', interval: 1000 })) {
 *   console.log(totals.bytes, 'bytes in', flows.length, 'flows')
 * }
 * ```
 */
export function monitorFlows(
  options: FlowMonitorOptions & SnapshotOptions = {},
): AsyncGenerator<FlowSnapshot, void, undefined> {
  return snapshots(() => FlowMonitor.open(options), options)
}

/**
 * The flow program on a set of interfaces, in both directions, with snapshots on demand. `monitorFlows` is the loop around it.
 *
 * For each TCX program that is attached or detached, the kernel waits for a grace period of some milliseconds, one after the other.
 * This happens in the background: `close` and `stop` wait for it for at most 30 ms. That is enough for a few interfaces; with many,
 * the rest is detached after they return. Nothing stays attached, because the process does not end before, unless it is killed: then the
 * kernel detaches TCX, and the next monitor that attaches by clsact removes what the killed process left on its interfaces.
 */
export class FlowMonitor extends Handle implements Monitor<FlowSnapshot> {
  readonly #object: BpfObject
  readonly #hooks: FlowHooks
  readonly #tcp: TcpMonitor | undefined
  readonly #sampling: number
  readonly #table: EpochTable
  readonly #counters: FlowCounters
  readonly #memory: FlowMemory
  readonly #decoder: FlowDecoder
  readonly #clock = new IntervalClock()
  readonly #turns = new Turns()
  /** What a failed snapshot had already taken; it becomes part of the next one. */
  #taken: Taken | undefined

  /** Once `signal` aborts, no more programs are attached: the remaining interfaces are in `unwatched`. */
  static async open(options: FlowMonitorOptions & { readonly signal?: AbortSignal } = {}): Promise<FlowMonitor> {
    const checked = checkFlowOptions(options)
    const signal = requireSignal(options.signal)
    const { netns, interfaces, maxEntries, tunnels, sampling } = checked
    const filter = compileFilter(checked.filter)
    const watcher = await InterfaceWatcher.open({ ...defined({ netns }), interfaces, ref: false })
    const opened: Closable[] = [watcher]
    try {
      const innerTunnels = tunnels === 'inner'
      const objects = await FlowObjects.open(watcher.namespaces.length, { maxEntries, innerTunnels, sampling, filter })
      opened.push(objects)
      const counters = new FlowCounters(objects.first, objects.count)
      const onNumber = (number: number) => counters.addNumber(number)
      const hooks = await FlowHooks.open(watcher, objects, checked, { onNumber, signal })
      opened.push(hooks)
      const tcp = checked.sockets && (await openTcp(checked.sockets))
      return new FlowMonitor({ objects, hooks, counters, sampling, tcp })
    } catch (error) {
      closeEach(opened)
      throw error
    }
  }

  private constructor({ objects, hooks, counters, sampling, tcp }: Parts) {
    super({ close: () => closeAll([objects, hooks, ...(tcp ? [tcp] : [])]) }, 'a flow monitor')
    const object = objects.first
    if (!object.btf) throw new TypeError('the flow program has no BTF')
    this.#object = object
    this.#hooks = hooks
    this.#tcp = tcp
    this.#sampling = sampling
    this.#decoder = flowDecoder(object.btf)
    this.#table = new EpochTable(object, { slot: 'flow_epochs', tables: ['flow_table_a', 'flow_table_b'] })
    this.#counters = counters
    const leadsTo = (from: number, to: number, linkScoped: boolean) =>
      hooks.places.leadsTo(placeOf(from), placeOf(to), linkScoped)
    this.#memory = new FlowMemory(this.#decoder.tupleWords, this.#table.maxEntries, leadsTo)
  }

  /** How the programs are attached: `tcx` or `clsact`; undefined while there is no interface. */
  get attachment(): string | undefined {
    return this.#hooks.attachment
  }

  /** The loaded object: its programs' run time, its maps. With several namespaces, the object of the first one. */
  get object(): BpfObject {
    return this.#object
  }

  /** Why nothing more will come: all watched network namespaces are gone. Undefined until then. */
  get ended(): BpfError | undefined {
    const files = this.#hooks.ended
    if (!files) return undefined
    const message = `${files.length === 1 ? 'the network namespace' : 'all network namespaces'} ${files.join(', ')} ${files.length === 1 ? 'is' : 'are'} gone`
    return bpfError('ENOENT', 'watch flows', message)
  }

  /** What happened since the last snapshot. If one fails, the next one includes what it had taken. */
  snapshot(): Promise<FlowSnapshot> {
    return this.#turns.run(() => this.#take(false))
  }

  /** Takes the last snapshot, then stops counting. May be called again if it failed. */
  stop(): Promise<FlowSnapshot> {
    return this.#turns.run(async () => {
      const snapshot = await this.#take(true)
      this.#hooks.close()
      return snapshot
    })
  }

  /** @param last Take all there is, even if a failed snapshot has to be completed first. */
  async #take(last: boolean): Promise<FlowSnapshot> {
    const { places } = this.#hooks
    await this.#hooks.verify()
    this.#taken ??= {
      gone: places.gone(),
      added: this.#hooks.takeNew(),
      interval: new FlowInterval(
        this.#decoder,
        this.#memory,
        (place) => places.nameOf(place),
        (place) => places.domainOf(place),
      ),
      drained: false,
    }
    const taken = this.#taken
    const { gone, interval } = taken
    if (!taken.drained || last) await this.#table.swap(interval.visit, { last })
    taken.drained = true
    const counted = this.#counters.read()
    await this.#reportFirst(taken.added, interval, counted.places)
    // Last, because this call takes what it returns.
    const tcp = await (last ? this.#tcp?.stop() : this.#tcp?.snapshot())
    const filed = await interval.settle()
    await this.#join(interval, tcp?.sockets?.connections ?? [])
    counted.take()
    this.#taken = undefined
    const snapshot = this.#snapshot(interval, filed, counted, tcp)
    this.#memory.forget(gone)
    this.#counters.forget(places.forget(gone))
    return snapshot
  }

  /** Reports, for each new interface, how many packets came before the programs. Removes the reported ones from the list. */
  async #reportFirst(added: Hook[], interval: FlowInterval, places: readonly PlaceCounts[]): Promise<void> {
    if (added.length === 0) return
    const counted = interval.packetsByPlace(places)
    for (let hook = added[0]; hook; hook = added[0]) {
      this.#hooks.reportFirst(hook, await this.#hooks.missedBy(hook, counted))
      added.shift()
    }
  }

  #snapshot(
    interval: FlowInterval,
    filed: Counts,
    { places, lostFlows }: ReturnType<FlowCounters['read']>,
    tcp: TcpSnapshot | undefined,
  ): FlowSnapshot {
    const { flows } = interval
    const unfiled = places.reduce<Unfiled>(plusUnfiled, nothingUnfiled)
    return {
      ...this.#clock.take(),
      flows,
      totals: [unfiled.nonIp, unfiled.malformed, unfiled.lost].reduce(plus, filed),
      interfaces: interval.interfaces(places),
      ...unfiled,
      lost: { ...unfiled.lost, flows: lostFlows },
      table: { entries: flows.length, maxEntries: this.#table.maxEntries, refusals: unfiled.lost.packets },
      unwatched: this.#hooks.takeUnwatched(),
      ...(tcp && { tcp }),
      ...(this.#sampling > 1 && { sampling: this.#sampling }),
    }
  }

  async #join(interval: FlowInterval, connections: readonly Connection[]): Promise<void> {
    if (connections.length === 0) return
    const places = socketPlaces(this.#hooks.places, connections)
    const sockets = new FlowSockets(connections)
    const turns = new LoopTurns()
    for (const [i, flow] of interval.flows.entries()) {
      if (turns.due) await turns.take()
      sockets.join(flow as DraftFlow, places(interval.placeOf(i)))
    }
    await sockets.settle()
  }
}

/** What a snapshot has taken so far. */
interface Taken {
  readonly gone: readonly Place[]
  /** New interfaces that were not reported yet. */
  readonly added: Hook[]
  readonly interval: FlowInterval
  /** Whether the table of the epoch has been read completely. */
  drained: boolean
}

interface Parts {
  readonly objects: FlowObjects
  readonly hooks: FlowHooks
  readonly counters: FlowCounters
  readonly sampling: number
  readonly tcp: TcpMonitor | undefined
}

/** Loaded on demand: most flow monitors do not follow sockets, and start faster without them. */
async function openTcp(options: TcpMonitorOptions): Promise<TcpMonitor> {
  const { TcpMonitor } = await import('../tcp/tcp-monitor.js')
  return TcpMonitor.open(options)
}
