import { type OptionNames, requireBoolean, requireCount, requireOptions, show } from '../../arguments.js'
import type { BpfError } from '../../errors.js'
import { type Closable, closeAll, closeEach, Handle } from '../../internal/lifetime.js'
import { Turns } from '../../internal/turns.js'
import type { BpfObject } from '../../object/bpf-object.js'
import type { Path } from '../../path.js'
import { CounterGrowth } from '../shared/counter-growth.js'
import { EpochTable } from '../shared/epoch-table.js'
import { HeldNamespace } from '../shared/held-namespace.js'
import { IntervalClock } from '../shared/interval-clock.js'
import { type Monitor, type SnapshotOptions, snapshotNames, snapshots } from '../shared/snapshots.js'
import type { Retransmit, RetransmitCounts } from './retransmit.js'
import { type AttachedRetransmit, attachRetransmit, type RetransmitMode, retransmitModes } from './retransmit-attach.js'
import { retransmitDecoder } from './retransmit-decoder.js'
import { SocketTables } from './socket-tables.js'
import type { TcpSnapshot } from './tcp-snapshot.js'

/** Options of `monitorTcp` and `TcpMonitor.open`. */
export interface TcpMonitorOptions {
  /** Only sockets of this network namespace, by its file, `/proc/self/ns/net`, or its name. Default: every namespace. */
  readonly netns?: Path
  /** Connections that one interval can hold; retransmissions of others are counted in `lost`. Default: 16384. */
  readonly maxEntries?: number
  /**
   * Also report every connection, not only those that retransmit: `sockets.connections` of each snapshot. This costs a few microseconds for
   * each connection that is opened and closed, and for each living one at each snapshot. Default: false.
   */
  readonly connections?: boolean
  /** Also report the TCP and UDP packets that the kernel drops: `sockets.drops`. Default: false. */
  readonly drops?: boolean
  /** With `connections`: how many can be followed at the same time; those beyond are in `sockets.lost`. Default: 65536. */
  readonly maxSockets?: number
  /** How to trace. Default: `auto`, the first of `tp_btf`, `kprobe` and `tracepoint` that works here. */
  readonly mode?: 'auto' | RetransmitMode
}

export const tcpMonitorNames: OptionNames<TcpMonitorOptions & SnapshotOptions> = {
  ...snapshotNames,
  netns: true,
  maxEntries: true,
  connections: true,
  drops: true,
  maxSockets: true,
  mode: true,
}

/**
 * Counts every TCP retransmission of the machine by connection, in the kernel, and yields a snapshot of each interval. With the options
 * `connections` and `drops`, a snapshot also has every connection and every dropped packet.
 *
 * @throws {PermissionError} without CAP_BPF and CAP_PERFMON (before the first snapshot).
 * @throws {BpfError} ENOTSUP if no mode works, with the reason of each; ENOENT, after the last snapshot, if the network namespace named
 * by `netns` is gone.
 */
export function monitorTcp(
  options: TcpMonitorOptions & SnapshotOptions = {},
): AsyncGenerator<TcpSnapshot, void, undefined> {
  return snapshots(() => TcpMonitor.open(options), options)
}

/** The programs that watch TCP, with snapshots on demand. `monitorTcp` is the loop around it. */
export class TcpMonitor extends Handle implements Monitor<TcpSnapshot> {
  /** How the programs are attached. */
  readonly mode: RetransmitMode
  /** The loaded object of the program that counts retransmissions: its programs' run time, its maps. */
  readonly object: BpfObject
  /** The object of the program that follows sockets, with `connections` or `drops`. */
  readonly socketObject: BpfObject | undefined
  readonly #links: AttachedRetransmit['links']
  readonly #walk: AttachedRetransmit['walk']
  readonly #table: EpochTable
  readonly #lost: CounterGrowth<Refused>
  readonly #decode: ReturnType<typeof retransmitDecoder>
  readonly #sockets: SocketTables | undefined
  readonly #clock = new IntervalClock()
  readonly #turns = new Turns()
  /** What a failed snapshot had already taken; it becomes part of the next one. */
  #taken: { retransmits: Retransmit[]; entries: number | undefined } | undefined
  readonly #namespace: HeldNamespace | undefined

  /** Loads and attaches the programs. Throws the same errors as `monitorTcp`, except those after the last snapshot. */
  static async open(options: TcpMonitorOptions = {}): Promise<TcpMonitor> {
    const { netns, mode = 'auto', connections = false, drops = false } = requireOptions(options, tcpMonitorNames)
    const { maxEntries = 16_384, maxSockets = 65_536 } = options
    requireCount(maxEntries, 'maxEntries')
    requireCount(maxSockets, 'maxSockets')
    if (mode !== 'auto' && !retransmitModes.includes(mode)) {
      throw new RangeError(`mode must be auto, ${retransmitModes.join(', ')}, not ${show(mode)}`)
    }
    const followed = [
      ...(requireBoolean(connections, 'connections') ? (['connections', 'resets'] as const) : []),
      ...(requireBoolean(drops, 'drops') ? (['drops'] as const) : []),
    ]
    const held = netns === undefined ? undefined : HeldNamespace.open(netns, 'watch retransmissions')
    const limits = { netns: held?.namespace, maxEntries }
    // Both are loaded at the same time, on a thread each. The sockets are attached first, so that whatever is counted as retransmitted is
    // also counted as sent.
    const opening = followed.length > 0 ? SocketTables.open({ ...limits, followed, maxSockets }) : undefined
    const attaching = attachRetransmit(mode === 'auto' ? retransmitModes : [mode], limits, opening)
    const [sockets, attached] = await Promise.allSettled([opening, attaching])
    const parts: Closable[] = held ? [held] : []
    if (sockets.status === 'fulfilled' && sockets.value) parts.push(sockets.value)
    if (attached.status === 'fulfilled') parts.push(attached.value.object, attached.value.links)
    try {
      if (sockets.status === 'rejected') throw sockets.reason
      if (attached.status === 'rejected') throw attached.reason
      return new TcpMonitor(attached.value, sockets.value, held, parts)
    } catch (error) {
      closeEach(parts)
      throw error
    }
  }

  private constructor(
    { mode, object, links, walk }: AttachedRetransmit,
    sockets: SocketTables | undefined,
    held: HeldNamespace | undefined,
    parts: Closable[],
  ) {
    if (!object.btf) throw new TypeError('the retransmit program has no BTF')
    super({ close: () => closeAll(parts) }, 'a TCP monitor')
    this.mode = mode
    this.object = object
    this.socketObject = sockets?.object
    this.#links = links
    this.#walk = walk
    this.#sockets = sockets
    this.#table = new EpochTable(object, {
      slot: 'retransmit_epochs',
      tables: ['retransmit_table_a', 'retransmit_table_b'],
    })
    this.#lost = new CounterGrowth(object, 'retransmit_counters')
    this.#decode = retransmitDecoder(object.btf)
    this.#namespace = held
    held?.watch(() => this.#detach())
  }

  /** Why nothing more will come: the network namespace named by `netns` is gone. Undefined until then. */
  get ended(): BpfError | undefined {
    return this.#namespace?.ended
  }

  /** What happened since the last snapshot. If one fails, the next one includes what it had taken. */
  snapshot(): Promise<TcpSnapshot> {
    return this.#turns.run(() => this.#take(false))
  }

  /** Detaches, then takes the last snapshot. May be called again if it failed. */
  stop(): Promise<TcpSnapshot> {
    return this.#turns.run(async () => {
      await this.#detach()
      // A program that is still running would count the same growth as the walk.
      await this.#table.settle()
      await this.#walk.run()
      return this.#take(true)
    })
  }

  /** @param last Take all there is, even if a failed snapshot has to be completed first. */
  async #take(last: boolean): Promise<TcpSnapshot> {
    this.#namespace?.look()
    this.#taken ??= { retransmits: [], entries: undefined }
    const taken = this.#taken
    const { retransmits } = taken
    if (taken.entries === undefined || last) {
      const before = taken.entries ?? 0
      taken.entries = before + (await this.#table.swap(this.#decode(retransmits), { last }))
    }
    const counted = this.#lost.read()
    // Last, because this call takes what it returns.
    const sockets = await this.#sockets?.snapshot(retransmits, last)
    counted.take()
    const { refused_events: events, refused_segments: segments, refused_bytes: bytes } = counted.grown
    const lost = { events, segments, bytes }
    const { entries } = taken
    this.#taken = undefined
    return {
      ...this.#clock.take(),
      retransmits,
      totals: retransmits.reduce<RetransmitCounts>(plus, lost),
      lost,
      table: { entries, maxEntries: this.#table.maxEntries },
      ...(sockets && { sockets }),
    }
  }

  async #detach(): Promise<void> {
    await this.#links.detach()
    await this.#sockets?.detach()
  }
}

/** struct retransmit_counters of bpf/retransmit.h. */
interface Refused {
  readonly refused_events: number
  readonly refused_segments: number
  readonly refused_bytes: number
}

const plus = (a: RetransmitCounts, b: RetransmitCounts): RetransmitCounts => ({
  events: a.events + b.events,
  segments: a.segments + b.segments,
  bytes: a.bytes + b.bytes,
})
