export type { Monitor, SnapshotOptions } from '../shared/snapshots.js'
export type { Connection, Drop, SocketCounts, SocketFacts } from './connection.js'
export type {
  ClosedEvent,
  ConnectionEvent,
  ConnectionEventType,
  DroppedEvent,
  EstablishedEvent,
  LostEvent,
  OfConnection,
  OpenedEvent,
  ResetEvent,
  RetransmittedEvent,
} from './connection-event.js'
export { ConnectionEvents, type ConnectionEventsOptions, connectionEvents } from './connection-events.js'
export type { ConnectionKey } from './connection-key.js'
export type { Retransmit, RetransmitCounts, Retransmitted, RoundTripTime } from './retransmit.js'
export type { RetransmitMode } from './retransmit-attach.js'
export { type TcpState, tcpStates } from './states.js'
export { monitorTcp, TcpMonitor, type TcpMonitorOptions } from './tcp-monitor.js'
export type { SocketSnapshot, SocketTotals, TcpSnapshot } from './tcp-snapshot.js'
