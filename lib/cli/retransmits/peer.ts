import type { Connection } from '../../monitors/tcp/connection.js'
import { nothingRetransmitted } from '../../monitors/tcp/retransmitted.js'
import { addHealth, type Health } from './health.js'

/** All connections to one remote address. */
export interface Peer extends Health {
  readonly remoteAddress: string
  readonly connections: number
  /** The local processes that they belong to, as far as known. */
  readonly commands: readonly string[]
}

export const peerOf = (connection: Connection): Peer => ({
  ...addHealth(nothing, connection),
  remoteAddress: connection.remoteAddress,
  connections: 1,
  commands: connection.command === undefined ? [] : [connection.command],
})

export const addPeer = (a: Peer, b: Peer): Peer => ({
  ...addHealth(a, b),
  remoteAddress: b.remoteAddress,
  connections: a.connections + b.connections,
  commands: [...new Set([...a.commands, ...b.commands])],
})

const nothing: Health = {
  segmentsSent: 0,
  retransmitted: nothingRetransmitted,
  resetsSent: 0,
  resetsReceived: 0,
}
