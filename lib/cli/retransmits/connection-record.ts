import type { Connection } from '../../monitors/tcp/connection.js'
import { addHealth } from './health.js'

export function connectionKey(connection: Connection): string {
  const { netns, interfaceIndex = 0, localAddress, localPort, remoteAddress, remotePort } = connection
  return `${netns} ${interfaceIndex} ${localAddress} ${localPort} ${remoteAddress} ${remotePort}`
}

/** Adds two intervals of one connection, the later one second. Facts known only in the earlier one are kept. */
export const addConnection = (a: Connection, b: Connection): Connection => ({ ...a, ...b, ...addHealth(a, b) })
