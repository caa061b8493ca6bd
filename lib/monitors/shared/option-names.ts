import type { OptionNames } from '../../arguments.js'
import type { EndpointRule, FlowFilter } from '../flows/filter.js'
import type { FlowMonitorOptions } from '../flows/options.js'
import type { ConnectionEventsOptions } from '../tcp/connection-events.js'
import type { RetransmitMonitorOptions } from '../tcp/retransmit-monitor.js'
import type { SnapshotOptions } from './snapshots.js'

/*
 * The names of the monitors' options. `monitorFlows` and the like hand theirs, with those of the loop, to the monitor: so each list
 * has both.
 */

const snapshots: OptionNames<SnapshotOptions> = { interval: true, first: true, duration: true, signal: true }

export const flowMonitorNames: OptionNames<FlowMonitorOptions & SnapshotOptions> = {
  ...snapshots,
  interfaces: true,
  netns: true,
  perspective: true,
  maxEntries: true,
  attach: true,
  filter: true,
  tunnels: true,
  sampling: true,
  sockets: true,
}

export const retransmitMonitorNames: OptionNames<RetransmitMonitorOptions & SnapshotOptions> = {
  ...snapshots,
  netns: true,
  maxEntries: true,
  connections: true,
  drops: true,
  maxSockets: true,
  mode: true,
}

export const connectionEventsNames: OptionNames<ConnectionEventsOptions & { signal?: AbortSignal }> = {
  types: true,
  netns: true,
  maxSockets: true,
  ringSize: true,
  signal: true,
}

const endpointNames: OptionNames<EndpointRule> = {
  addresses: true,
  sourceAddresses: true,
  destinationAddresses: true,
  ports: true,
  sourcePorts: true,
  destinationPorts: true,
}

export const excludeNames: OptionNames<NonNullable<FlowFilter['exclude']>> = { ...endpointNames, protocols: true }

export const filterNames: OptionNames<FlowFilter> = { ...excludeNames, direction: true, exclude: true }
