import { closeAll, closeEach } from '../../internal/lifetime.js'
import { CounterGrowth } from '../shared/counter-growth.js'
import { EpochTable } from '../shared/epoch-table.js'
import { CgroupPaths } from './cgroup-paths.js'
import type { SocketCounts } from './connection.js'
import { dropsOf, joinConnections } from './connection-join.js'
import type { Retransmit } from './retransmit.js'
import { type AttachedSocket, attachSocket, type SocketProgramOptions } from './socket-attach.js'
import { type IncidentRow, incidentRowReader, type SocketRow, socketRowReader } from './socket-rows.js'
import type { SocketSnapshot, SocketTotals } from './tcp-snapshot.js'

/** The loaded socket program, and the contents of its tables, snapshot by snapshot. */
export class SocketTables {
  readonly object: AttachedSocket['object']
  readonly #links: AttachedSocket['links']
  readonly #walk: AttachedSocket['walk']
  readonly #sockets: EpochTable
  readonly #incidents: EpochTable
  readonly #counters: CounterGrowth<Counters>
  readonly #readSockets: ReturnType<typeof socketRowReader>
  readonly #readIncidents: ReturnType<typeof incidentRowReader>
  readonly #followsConnections: boolean
  readonly #cgroups = new CgroupPaths()
  /** What a failed snapshot had already taken; it becomes part of the next one. */
  #taken: Taken | undefined

  static async open(options: SocketProgramOptions): Promise<SocketTables> {
    const attached = await attachSocket(options)
    try {
      return new SocketTables(attached, options.followed.includes('connections'))
    } catch (error) {
      closeEach([attached.object, attached.links])
      throw error
    }
  }

  private constructor({ object, links, walk }: AttachedSocket, followsConnections: boolean) {
    if (!object.btf) throw new TypeError('the socket program has no BTF')
    this.object = object
    this.#links = links
    this.#walk = walk
    this.#followsConnections = followsConnections
    this.#sockets = new EpochTable(object, {
      slot: 'socket_epochs',
      tables: ['socket_table_a', 'socket_table_b'],
    })
    this.#incidents = new EpochTable(object, {
      slot: 'incident_epochs',
      tables: ['incident_table_a', 'incident_table_b'],
    })
    this.#counters = new CounterGrowth(object, 'socket_counters')
    this.#readSockets = socketRowReader(object.btf, this.#cgroups)
    this.#readIncidents = incidentRowReader(object.btf)
  }

  /** Stops following. The next snapshot waits for programs that are still running. */
  detach(): Promise<void> {
    return this.#links.detach()
  }

  /**
   * @param retransmits Those of the same interval.
   * @param last Take all there is, even if a failed snapshot has to be completed first.
   */
  async snapshot(retransmits: readonly Retransmit[], last: boolean): Promise<SocketSnapshot> {
    this.#taken ??= { sockets: [], incidents: [], socketEntries: undefined, incidentEntries: undefined }
    const taken = this.#taken
    const { sockets, incidents } = taken
    if (taken.socketEntries === undefined || last) {
      if (this.#followsConnections) await this.#walk()
      const before = taken.socketEntries ?? 0
      taken.socketEntries = before + (await this.#sockets.swap(this.#readSockets(sockets), { last }))
    }
    if (taken.incidentEntries === undefined || last) {
      const before = taken.incidentEntries ?? 0
      taken.incidentEntries = before + (await this.#incidents.swap(this.#readIncidents(incidents), { last }))
    }
    const { socketEntries, incidentEntries } = taken
    await this.#cgroups.complete()
    const connections = this.#followsConnections ? await joinConnections(sockets, retransmits, incidents) : []
    const counted = this.#counters.take()
    this.#taken = undefined
    return {
      connections,
      drops: dropsOf(incidents),
      discarded: counted.discarded,
      totals: totalsOf(sockets, incidents, countsOf(counted.refused)),
      lost: {
        connections: counted.refused_sockets,
        incidents: counted.refused_incidents,
        unreadable: counted.unreadable_drops,
      },
      tables: {
        connections: { entries: socketEntries, maxEntries: this.#sockets.maxEntries },
        incidents: { entries: incidentEntries, maxEntries: this.#incidents.maxEntries },
      },
    }
  }

  close(): void {
    closeAll([this.object, this.#links])
  }
}

interface Taken {
  readonly sockets: SocketRow[]
  readonly incidents: IncidentRow[]
  /** Undefined until all entries are read. */
  socketEntries: number | undefined
  incidentEntries: number | undefined
}

/** struct socket_counters of bpf/socket.h, as far as it is used here. */
interface Counters {
  readonly refused_sockets: number
  readonly refused_incidents: number
  readonly unreadable_drops: number
  readonly discarded: number
  readonly refused: {
    readonly segments_sent: number
    readonly data_segments_sent: number
    readonly segments_received: number
    readonly bytes_sent: number
    readonly bytes_acked: number
    readonly bytes_received: number
  }
}

const countsOf = (growth: Counters['refused']): SocketCounts => ({
  segmentsSent: growth.segments_sent,
  dataSegmentsSent: growth.data_segments_sent,
  segmentsReceived: growth.segments_received,
  bytesSent: growth.bytes_sent,
  bytesAcked: growth.bytes_acked,
  bytesReceived: growth.bytes_received,
})

const plus = (a: SocketCounts, b: SocketCounts): SocketCounts => ({
  segmentsSent: a.segmentsSent + b.segmentsSent,
  dataSegmentsSent: a.dataSegmentsSent + b.dataSegmentsSent,
  segmentsReceived: a.segmentsReceived + b.segmentsReceived,
  bytesSent: a.bytesSent + b.bytesSent,
  bytesAcked: a.bytesAcked + b.bytesAcked,
  bytesReceived: a.bytesReceived + b.bytesReceived,
})

function totalsOf(
  sockets: readonly SocketRow[],
  incidents: readonly IncidentRow[],
  refused: SocketCounts,
): SocketTotals {
  const sum = (count: (row: SocketRow) => number) => sockets.reduce((total, row) => total + count(row), 0)
  const resets = (wanted: IncidentRow['kind']) =>
    incidents.reduce((total, { kind, events }) => total + (kind === wanted ? events : 0), 0)
  return {
    ...sockets.reduce<SocketCounts>((total, { counts }) => plus(total, counts), refused),
    openedLocally: sum((row) => row.openedLocally),
    openedRemotely: sum((row) => row.openedRemotely),
    established: sum((row) => row.established),
    closed: sum((row) => row.closed),
    aborted: sum((row) => row.aborted),
    resetsSent: resets('reset-sent'),
    resetsReceived: resets('reset-received'),
  }
}
