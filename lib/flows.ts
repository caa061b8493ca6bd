export type { Counts, Flow, FlowSnapshot } from './monitors/flow.js'
export { FlowMonitor, type FlowMonitorOptions, monitorFlows } from './monitors/flow-monitor.js'
export type { Monitor, SnapshotOptions } from './monitors/snapshots.js'
export { tcpFlagNames, tcpFlags } from './monitors/tcp.js'
