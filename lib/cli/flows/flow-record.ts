import { plus } from '../../monitors/flows/counts.js'
import type { Flow } from '../../monitors/flows/flow.js'
import type { Connection } from '../../monitors/tcp/connection.js'
import { addConnection } from '../retransmits/connection-record.js'

/** Identifies a row of the table: one direction of a flow at one interface. */
export function flowKey(flow: Flow): string {
  const { netns, interface: name, direction, protocol, orphan, tunnel, vlans } = flow
  return [
    protocol,
    orphan,
    flow.sourceAddress,
    flow.sourcePort,
    flow.destinationAddress,
    flow.destinationPort,
    name,
    direction,
    netns,
    tunnel && `${tunnel.type} ${tunnel.id}`,
    vlans,
  ].join(' ')
}

/** Adds two intervals of one flow, the later one second. */
export function addFlow(a: Flow, b: Flow): Flow {
  const socket = addSockets(a.socket, b.socket)
  return {
    ...b,
    ...plus(a, b),
    ipBytes: a.ipBytes + b.ipBytes,
    wireBytes: a.wireBytes + b.wireBytes,
    tcpFlags: a.tcpFlags | b.tcpFlags,
    firstSeen: a.firstSeen,
    ...(socket && { socket }),
  }
}

export const addSockets = (a: Connection | undefined, b: Connection | undefined): Connection | undefined =>
  a && b ? addConnection(a, b) : (b ?? a)
