export type {
  Counts,
  Flow,
  FlowSnapshot,
  InterfaceCounts,
  Tunnel,
  Unfiled,
  UnwatchedInterface,
} from './monitors/flow.js'
export type { EndpointRule, FlowFilter } from './monitors/flow-filter.js'
export { FlowMonitor, monitorFlows } from './monitors/flow-monitor.js'
export type { FlowMonitorOptions } from './monitors/flow-options.js'
export { type JoinedFlow, joinFlows } from './monitors/join-flows.js'
export type { Monitor, SnapshotOptions } from './monitors/snapshots.js'
export { tcpFlagNames, tcpFlags } from './monitors/tcp.js'
