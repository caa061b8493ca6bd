import { requireIterable, requireObject, requireText, show } from '../arguments.js'
import type { TcOptions } from '../attach/tc.js'
import type { BpfObject } from '../bpf-object.js'
import { type NetnsOptions, networkInterfaces } from '../interfaces.js'
import { closeAll, closeEach, Handle } from '../internal/lifetime.js'
import type { Link } from '../link.js'
import type { Program } from '../program.js'
import { plus, zero } from './counts.js'
import { EpochTable } from './epoch-table.js'
import type { Counts, Flow, FlowSnapshot, InterfaceCounts, Unfiled } from './flow.js'
import { combine, FlowCounters, nothingUnfiled, type PlaceCounts } from './flow-counters.js'
import { type FlowEntry, flowDecoder, type Place } from './flow-decoder.js'
import { compileFilter, type FlowFilter } from './flow-filter.js'
import { FlowMemory } from './flow-memory.js'
import { loadFlowObjects } from './flow-objects.js'
import { type Monitor, type SnapshotOptions, snapshots } from './snapshots.js'

export interface FlowMonitorOptions {
  /** Names of the interfaces to watch, in each `netns`. Default: every one but loopback. */
  readonly interfaces?: readonly string[]
  /** Network namespaces' files, `/run/netns/NAME` or `/proc/PID/ns/net`. Default: the process's own. */
  readonly netns?: string | readonly string[]
  /** Flows that one interval can hold; each takes about 200 bytes, twice. What does not fit is in `lost`. Default: 65536. */
  readonly maxEntries?: number
  /** `tcx` needs Linux 6.6; `clsact` works on all. Default: `auto`, TCX where the kernel has it. */
  readonly attach?: 'auto' | 'tcx' | 'clsact'
  /** Which packets become flows; the rest is counted in `filtered`. Default: all. */
  readonly filter?: FlowFilter
  /**
   * Of packets in IP-in-IP, GRE, VXLAN (ports 4789 and 8472) and Geneve (6081) file the outer one or the inner, two deep at most.
   * An inner one that is not IP, or not whole in this packet, is filed by the outer. Default: `outer`.
   */
  readonly tunnels?: 'outer' | 'inner'
  /** Looks at one packet in so many, by chance; the others are in `unsampled`. Default: 1, every packet. */
  readonly sampling?: number
}

/**
 * Counts every packet of the interfaces by flow, in the kernel, and yields what each interval held.
 *
 * @throws {PermissionError} without CAP_BPF and CAP_NET_ADMIN (before the first snapshot).
 * @throws {BpfError} ENODEV for an interface that is not there.
 * @throws {RangeError} where there is no interface to watch, and for an `attach` that there is not.
 */
export function monitorFlows(
  options: FlowMonitorOptions & SnapshotOptions = {},
): AsyncGenerator<FlowSnapshot, void, undefined> {
  return snapshots(() => FlowMonitor.open(options), options)
}

/** The flow program on a set of interfaces, both directions, with snapshots on demand. `monitorFlows` is the loop around it. */
export class FlowMonitor extends Handle implements Monitor<FlowSnapshot> {
  readonly #object: BpfObject
  readonly #links: Link[]
  readonly #namespaces: readonly Namespace[]
  readonly #sampling: number
  readonly #table: EpochTable
  readonly #counters: FlowCounters
  readonly #memory: FlowMemory
  readonly #decoder: ReturnType<typeof flowDecoder>
  #start = Date.now()

  static async open(options: FlowMonitorOptions = {}): Promise<FlowMonitor> {
    const {
      maxEntries = 65_536,
      attach = 'auto',
      tunnels = 'outer',
      sampling = 1,
      filter = {},
    } = requireObject(options)
    if (!['auto', 'tcx', 'clsact'].includes(attach)) {
      throw new RangeError(`attach must be auto, tcx or clsact, not ${show(attach)}`)
    }
    if (tunnels !== 'outer' && tunnels !== 'inner') {
      throw new RangeError(`tunnels must be outer or inner, not ${show(tunnels)}`)
    }
    if (!Number.isInteger(sampling) || sampling < 1 || sampling > 0xffff_ffff) {
      throw new RangeError(`sampling must be an integer from 1 to 4294967295, not ${show(sampling)}`)
    }
    const namespaces = namespacesOf(options)
    const objects = await loadFlowObjects(namespaces.length, {
      maxEntries,
      innerTunnels: tunnels === 'inner',
      sampling,
      filter: compileFilter(filter),
    })
    const links: Link[] = []
    try {
      for (const [i, { netns, interfaces }] of namespaces.entries()) {
        for (const name of interfaces) {
          for (const direction of ['ingress', 'egress'] as const) {
            if (filter.direction !== undefined && filter.direction !== direction) continue
            const program = (objects[i] as BpfObject).program(`flow_${direction}`)
            links.push(attachTc(program, attach, { interface: name, direction, ...(netns !== undefined && { netns }) }))
          }
        }
      }
      return new FlowMonitor(objects, links, namespaces, sampling)
    } catch (error) {
      closeEach([...objects, ...links])
      throw error
    }
  }

  private constructor(
    objects: readonly BpfObject[],
    links: Link[],
    namespaces: readonly Namespace[],
    sampling: number,
  ) {
    super({ close: () => closeAll([...objects, ...links]) }, 'a flow monitor')
    const [object] = objects
    if (!object?.btf) throw new TypeError('the flow program has no BTF')
    this.#object = object
    this.#links = links
    this.#namespaces = namespaces
    this.#sampling = sampling
    this.#table = new EpochTable(object, { slot: 'flow_epochs', tables: ['flow_table_a', 'flow_table_b'] })
    this.#counters = new FlowCounters(object)
    this.#memory = new FlowMemory(this.#table.maxEntries)
    this.#decoder = flowDecoder(object.btf)
  }

  /** How the programs are attached: `tcx` or `clsact`. */
  get attachment(): string {
    return this.#links[0]?.kind ?? ''
  }

  /** The loaded object: its programs' run time, its maps. That of the first namespace, where there are several. */
  get object(): BpfObject {
    return this.#object
  }

  async snapshot(): Promise<FlowSnapshot> {
    const entries: FlowEntry[] = []
    const decode = this.#decoder()
    await this.#table.swap((keys, k, values, v) => {
      entries.push(decode(keys, k, values, v))
    })
    return this.#snapshot(entries)
  }

  async stop(): Promise<FlowSnapshot> {
    closeAll(this.#links)
    await this.#table.settle()
    return this.snapshot()
  }

  #snapshot(entries: readonly FlowEntry[]): FlowSnapshot {
    const { places, lostFlows } = this.#counters.take()
    const flows = this.#memory.resolve<Flow>(entries, ({ flow, place }, { duplicate, opener }) => ({
      ...flow,
      ...this.#placeName(place),
      duplicate,
      opener,
    }))
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
      ...(this.#sampling > 1 && { sampling: this.#sampling }),
    }
  }

  #placeName({ netns, ifindex, egress }: Place): Pick<Flow, 'interface' | 'netns' | 'direction'> {
    const namespace = this.#namespaces[netns]
    return {
      interface: namespace?.name(ifindex) ?? String(ifindex),
      ...(namespace?.netns !== undefined && { netns: namespace.netns }),
      direction: egress ? 'egress' : 'ingress',
    }
  }

  /** What each direction of each interface saw, in flows and beside them. */
  #interfaces(entries: readonly FlowEntry[], places: readonly PlaceCounts[]): InterfaceCounts[] {
    const sums = new Map<string, InterfaceCounts>()
    const add = (place: Place, counts: readonly Counts[], unfiled: Unfiled) => {
      const id = `${place.netns} ${place.ifindex} ${place.egress}`
      const sum = sums.get(id) ?? { ...this.#placeName(place), ...zero, ...nothingUnfiled }
      sums.set(id, { ...sum, ...counts.reduce(plus, sum), ...combine(plus, sum, unfiled) })
    }
    for (const { place, ...unfiled } of places) add(place, Object.values(unfiled), unfiled)
    for (const { flow, place } of entries) add(place, [flow], nothingUnfiled)
    return [...sums.values()].filter(({ packets }) => packets > 0)
  }
}

/** A namespace and what is watched in it. */
interface Namespace {
  readonly netns: string | undefined
  readonly interfaces: readonly string[]
  readonly name: (index: number) => string | undefined
}

function namespacesOf({ netns, interfaces }: FlowMonitorOptions): Namespace[] {
  const files = netns === undefined ? [undefined] : typeof netns === 'string' ? [netns] : [...new Set(netns)]
  const namespaces = files.map((file) => {
    const options = file === undefined ? {} : { netns: file }
    return {
      netns: file,
      interfaces: [...new Set(interfaces ?? defaultInterfaces(options))],
      name: interfaceNames(options),
    }
  })
  if (namespaces.every((namespace) => namespace.interfaces.length === 0)) {
    throw new RangeError('no interface to watch: there is none but loopback')
  }
  return namespaces
}

function attachTc(program: Program, how: 'auto' | 'tcx' | 'clsact', options: TcOptions): Link {
  if (how === 'tcx') return program.attachTcx(options)
  if (how === 'clsact') return program.attachClsact(options)
  return program.attachTc(options)
}

function defaultInterfaces(netns: NetnsOptions): string[] {
  return networkInterfaces(netns)
    .map(({ name }) => name)
    .filter((name) => name !== 'lo')
}

/** Names by index, looked up again for an index that is new. */
function interfaceNames(netns: NetnsOptions): (index: number) => string | undefined {
  const names = new Map<number, string>()
  return (index) => {
    if (!names.has(index)) {
      for (const found of networkInterfaces(netns)) names.set(found.index, found.name)
    }
    return names.get(index)
  }
}
