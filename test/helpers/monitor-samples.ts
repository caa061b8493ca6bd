import { nothingUnfiled } from '../../lib/monitors/flows/counters.js'
import { zero } from '../../lib/monitors/flows/counts.js'
import type { Flow, FlowSnapshot } from '../../lib/monitors/flows/flow.js'
import type { Connection } from '../../lib/monitors/tcp/connection.js'
import type { Retransmitted } from '../../lib/monitors/tcp/retransmit.js'
import { nothingRetransmitted } from '../../lib/monitors/tcp/retransmitted.js'
import type { TcpSnapshot } from '../../lib/monitors/tcp/tcp-snapshot.js'

/* What monitors return, as small as possible: a test changes the fields that it is about. */

export const flow = (change: Partial<Flow> = {}): Flow => ({
  sourceAddress: '192.0.2.1',
  sourcePort: 40_000,
  destinationAddress: '192.0.2.2',
  destinationPort: 443,
  protocol: 6,
  ipVersion: 4,
  direction: 'egress',
  interface: 'eth0',
  duplicate: false,
  packets: 1,
  bytes: 100,
  segments: 2,
  ipBytes: 86,
  wireBytes: 154,
  tcpFlags: 0x10,
  syns: 0,
  synAcks: 0,
  fins: 0,
  resets: 0,
  opener: 'unknown',
  ttl: { minimum: 64, maximum: 64 },
  dscp: 0,
  ceMarks: 0,
  firstSeen: 1000,
  lastSeen: 2000,
  ...change,
})

/** The same flow in the other direction. */
export const back = (change: Partial<Flow> = {}): Flow =>
  flow({
    sourceAddress: '192.0.2.2',
    sourcePort: 443,
    destinationAddress: '192.0.2.1',
    destinationPort: 40_000,
    direction: 'ingress',
    ...change,
  })

/** A snapshot of one second. */
export const flowSnapshot = (flows: Flow[], change: Partial<FlowSnapshot> = {}): FlowSnapshot => ({
  start: 1000,
  end: 2000,
  flows,
  totals: zero,
  interfaces: [],
  ...nothingUnfiled,
  lost: { ...zero, flows: 0 },
  table: { entries: flows.length, maxEntries: 100, refusals: 0 },
  unwatched: [],
  ...change,
})

export const connection = (change: Partial<Connection> = {}): Connection => ({
  localAddress: '192.0.2.1',
  localPort: 40_000,
  remoteAddress: '192.0.2.2',
  remotePort: 443,
  ipVersion: 4,
  netns: 1,
  opener: 'local',
  state: 'ESTABLISHED',
  retransmitted: nothingRetransmitted,
  segmentsSent: 0,
  dataSegmentsSent: 0,
  segmentsReceived: 0,
  bytesSent: 0,
  bytesAcked: 0,
  bytesReceived: 0,
  resetsSent: 0,
  resetsReceived: 0,
  firstSeen: 1000,
  lastSeen: 2000,
  ...change,
})

/** `Connection.retransmitted`, of which a test names what it is about. */
export const retransmitted = (change: Partial<Retransmitted>): Retransmitted => ({ ...nothingRetransmitted, ...change })

type Sockets = NonNullable<TcpSnapshot['sockets']>

/** A snapshot of one second. */
export function tcpSnapshot(
  connections: Connection[],
  sockets: Partial<Pick<Sockets, 'drops' | 'lost' | 'tables'>> & { readonly segmentsSent?: number } = {},
  change: Partial<TcpSnapshot> = {},
): TcpSnapshot {
  const none = { events: 0, segments: 0, bytes: 0 }
  const { segmentsSent = 0, ...rest } = sockets
  return {
    start: 1000,
    end: 2000,
    retransmits: [],
    totals: none,
    lost: none,
    table: { entries: 0, maxEntries: 50 },
    sockets: {
      connections,
      drops: [],
      totals: {
        segmentsSent,
        dataSegmentsSent: 0,
        segmentsReceived: 0,
        bytesSent: 0,
        bytesAcked: 0,
        bytesReceived: 0,
        openedLocally: 0,
        openedRemotely: 0,
        established: 0,
        closed: 0,
        aborted: 0,
        resetsSent: 0,
        resetsReceived: 0,
      },
      discarded: 0,
      lost: { connections: 0, incidents: 0, unreadable: 0 },
      tables: {
        connections: { entries: connections.length, maxEntries: 100 },
        incidents: { entries: 0, maxEntries: 100 },
      },
      ...rest,
    },
    ...change,
  }
}
