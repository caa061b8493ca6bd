import type { Connection } from '../../monitors/tcp/connection.js'
import { addHealth } from './health.js'

export function connectionKey(connection: Connection): string {
  const { netns, interfaceIndex = 0, localAddress, localPort, remoteAddress, remotePort } = connection
  return `${netns} ${interfaceIndex} ${localAddress} ${localPort} ${remoteAddress} ${remotePort}`
}

/** Two intervals of one connection, the later one second. What only the earlier knew is still known. */
export const addConnection = (a: Connection, b: Connection): Connection => ({ ...a, ...b, ...addHealth(a, b) })
