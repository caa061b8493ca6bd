import { requireIterable, requireObject, requireText, show } from '../arguments.js'
import type { TcOptions } from '../attach/tc.js'
import type { BpfObject } from '../bpf-object.js'
import { type NetnsOptions, networkInterfaces } from '../interfaces.js'
import { closeAll, closeEach, Handle } from '../internal/lifetime.js'
import type { Link } from '../link.js'
import type { Program } from '../program.js'
import { loadBundled } from './bundled.js'
import { EpochTable } from './epoch-table.js'
import type { Counts, Flow, FlowSnapshot } from './flow.js'
import { FlowCounters, plus } from './flow-counters.js'
import { flowDecoder } from './flow-decoder.js'
import { type Monitor, type SnapshotOptions, snapshots } from './snapshots.js'

export interface FlowMonitorOptions {
  /** Names of the interfaces to watch, in `netns`. Default: every one but loopback. */
  readonly interfaces?: readonly string[]
  /** A network namespace's file, `/run/netns/NAME` or `/proc/PID/ns/net`. Default: the process's own. */
  readonly netns?: string
  /** Flows that one interval can hold; each takes about 120 bytes, twice. What does not fit is in `lost`. Default: 65536. */
  readonly maxEntries?: number
  /** `tcx` needs Linux 6.6; `clsact` works on all. Default: `auto`, TCX where the kernel has it. */
  readonly attach?: 'auto' | 'tcx' | 'clsact'
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
  readonly #table: EpochTable
  readonly #counters: FlowCounters
  readonly #decode: ReturnType<typeof flowDecoder>
  #start = Date.now()

  static async open(options: FlowMonitorOptions = {}): Promise<FlowMonitor> {
    const { interfaces, maxEntries = 65_536, attach = 'auto' } = requireObject(options)
    for (const name of requireIterable(interfaces ?? [], 'interfaces')) requireText(name, 'an interface')
    if (!['auto', 'tcx', 'clsact'].includes(attach)) {
      throw new RangeError(`attach must be auto, tcx or clsact, not ${show(attach)}`)
    }
    const netns = options.netns === undefined ? {} : { netns: options.netns }
    const names = interfaces ?? defaultInterfaces(netns)
    if (names.length === 0) throw new RangeError('no interface to watch: there is none but loopback')
    const loaded = await loadBundled('flow', (object) => {
      object.map('flow_table_a').maxEntries = maxEntries
      object.map('flow_table_b').maxEntries = maxEntries
    })
    const links: Link[] = []
    try {
      for (const name of new Set(names)) {
        links.push(
          attachTc(loaded.program('flow_ingress'), attach, { interface: name, direction: 'ingress', ...netns }),
        )
        links.push(attachTc(loaded.program('flow_egress'), attach, { interface: name, direction: 'egress', ...netns }))
      }
      return new FlowMonitor(loaded, links, interfaceNames(netns))
    } catch (error) {
      closeEach([loaded, ...links])
      throw error
    }
  }

  private constructor(object: BpfObject, links: Link[], interfaceName: (index: number) => string) {
    super({ close: () => closeAll([object, ...links]) }, 'a flow monitor')
    if (!object.btf) throw new TypeError('the flow program has no BTF')
    this.#object = object
    this.#links = links
    this.#table = new EpochTable(object, { slot: 'flow_epochs', tables: ['flow_table_a', 'flow_table_b'] })
    this.#counters = new FlowCounters(object)
    this.#decode = flowDecoder(object.btf, interfaceName)
  }

  /** How the programs are attached: `tcx` or `clsact`. */
  get attachment(): string {
    return this.#links[0]?.kind ?? ''
  }

  /** The loaded object: its programs' run time, its maps. */
  get object(): BpfObject {
    return this.#object
  }

  async snapshot(): Promise<FlowSnapshot> {
    const flows: Flow[] = []
    const entries = await this.#table.swap(this.#decode(flows))
    return this.#snapshot(flows, entries)
  }

  async stop(): Promise<FlowSnapshot> {
    closeAll(this.#links)
    await this.#table.settle()
    return this.snapshot()
  }

  #snapshot(flows: Flow[], entries: number): FlowSnapshot {
    const { non_ip: nonIp, malformed, refused, refusedFlows } = this.#counters.take()
    const lost = { ...refused, flows: refusedFlows }
    const start = this.#start
    this.#start = Date.now()
    return {
      start,
      end: this.#start,
      flows,
      totals: [nonIp, malformed, refused, ...flows].reduce<Counts>(plus, { packets: 0, bytes: 0, segments: 0 }),
      nonIp,
      malformed,
      lost,
      table: { entries, maxEntries: this.#table.maxEntries },
    }
  }
}

function attachTc(program: Program, how: 'auto' | 'tcx' | 'clsact', options: TcOptions): Link {
  if (how === 'tcx') return program.attachTcx(options)
  if (how === 'clsact') return program.attachClsact(options)
  return program.attachTc(options)
}

function defaultInterfaces(netns: NetnsOptions): string[] {
  return networkInterfaces(netns).flatMap(({ name }) => (name === 'lo' ? [] : [name]))
}

/** Names by index, looked up again for an index that is new. */
function interfaceNames(netns: NetnsOptions): (index: number) => string {
  const names = new Map<number, string>()
  return (index) => {
    if (!names.has(index)) for (const entry of networkInterfaces(netns)) names.set(entry.index, entry.name)
    return names.get(index) ?? String(index)
  }
}
