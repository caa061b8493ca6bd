export type {
  Connection,
  ConnectionKey,
  Drop,
  SocketCounts,
  SocketFacts,
  SocketSnapshot,
  SocketTotals,
} from './monitors/connection.js'
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
} from './monitors/connection-event.js'
export { ConnectionEvents, type ConnectionEventsOptions, connectionEvents } from './monitors/connection-events.js'
export type { Retransmit, RetransmitCounts, RetransmitSnapshot, RoundTripTime } from './monitors/retransmit.js'
export type { RetransmitMode } from './monitors/retransmit-attach.js'
export { monitorRetransmits, RetransmitMonitor, type RetransmitMonitorOptions } from './monitors/retransmit-monitor.js'
export type { Monitor, SnapshotOptions } from './monitors/snapshots.js'
export { type TcpState, tcpStates } from './monitors/tcp.js'
