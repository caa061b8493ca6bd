export type { Monitor, SnapshotOptions } from '../shared/snapshots.js'
export { tcpFlagNames, tcpFlags } from '../tcp/states.js'
export type { EndpointRule, FlowFilter } from './filter.js'
export type {
  Counts,
  Flow,
  FlowSnapshot,
  FlowTuple,
  InterfaceCounts,
  Tunnel,
  Unfiled,
  UnwatchedInterface,
} from './flow.js'
export { FlowMonitor, monitorFlows } from './flow-monitor.js'
export { type JoinedFlow, joinFlows } from './join.js'
export type { FlowMonitorOptions } from './options.js'
