import { LoopTurns } from '../../internal/loop-turns.js'
import type { Connection, Drop } from './connection.js'
import type { ConnectionKey } from './connection-key.js'
import { dropReason, resetReason } from './reasons.js'
import type { Retransmit } from './retransmit.js'
import { nothingRetransmitted, plusRetransmitted } from './retransmitted.js'
import type { IncidentRow, SocketRow } from './socket-rows.js'

const tcp = 6

/**
 * One row for each connection that any table knows. The tables were swapped one after the other, so a row may lack what is in another
 * table. There may be as many rows as the tables have entries, so this yields to the event loop.
 */
export async function joinConnections(
  sockets: readonly SocketRow[],
  retransmits: readonly Retransmit[],
  incidents: readonly IncidentRow[],
): Promise<Connection[]> {
  const rows = new Rows()
  const turns = new LoopTurns()
  for (const row of retransmits) {
    const draft = rows.of(row, row)
    draft.retransmitted = plusRetransmitted(draft.retransmitted, row)
    draft.state = row.state
    if (row.rtt) draft.rtt = row.rtt
    if (turns.due) await turns.take()
  }
  for (const { key, counts, facts, state, rtt, lastSeen } of sockets) {
    const row = rows.of(key, { firstSeen: facts.openedAt ?? lastSeen, lastSeen })
    Object.assign(row, counts, facts)
    row.state = state
    row.lastSeen = Math.max(row.lastSeen, lastSeen)
    if (rtt) row.rtt = rtt
    if (turns.due) await turns.take()
  }
  for (const incident of incidents) {
    if (turns.due) await turns.take()
    if (incident.kind === 'drop') {
      if (incident.protocol !== tcp) continue
      // Either end may have sent the dropped packet. A drop that belongs to no connection is reported in `drops` only.
      const row = rows.find(incident.key) ?? rows.find(swapped(incident.key))
      if (row) row.drops = plusReason(row.drops, dropReason(incident.reason) ?? 'unknown', incident.events)
    } else {
      const row = rows.find(incident.key) ?? rows.of(incident.key, incident)
      if (incident.kind === 'reset-received') row.resetsReceived += incident.events
      else row.resetsSent += incident.events
      const reason = incident.kind === 'reset-sent' ? resetReason(incident.reason) : undefined
      if (reason !== undefined) row.resetReasons = plusReason(row.resetReasons, reason, incident.events)
    }
  }
  return rows.all
}

export function dropsOf(incidents: readonly IncidentRow[]): Drop[] {
  return incidents
    .filter(({ kind }) => kind === 'drop')
    .map(({ key, protocol, reason, events, segments, bytes, firstSeen, lastSeen }) => ({
      sourceAddress: key.localAddress,
      sourcePort: key.localPort,
      destinationAddress: key.remoteAddress,
      destinationPort: key.remotePort,
      ipVersion: key.ipVersion,
      protocol: protocol === tcp ? 'tcp' : 'udp',
      ...(key.netns > 0 && { netns: key.netns }),
      reason: dropReason(reason) ?? 'unknown',
      packets: events,
      segments,
      bytes,
      firstSeen,
      lastSeen,
    }))
}

type Draft = { -readonly [K in keyof Connection]: Connection[K] }
type Seen = Pick<Connection, 'firstSeen' | 'lastSeen'>

class Rows {
  readonly all: Draft[] = []
  readonly #byTuple = new Map<string, Draft[]>()

  /** The row of a key; it is created if necessary. */
  of(key: ConnectionKey, seen: Seen): Draft {
    const id = idOf(key)
    const rows = this.#byTuple.get(id)
    const found = rows?.find(({ interfaceIndex }) => interfaceIndex === key.interfaceIndex)
    if (found) return found
    const row = emptyRow(key, seen)
    this.all.push(row)
    if (rows) rows.push(row)
    else this.#byTuple.set(id, [row])
    return row
  }

  /** Looks up a packet's key, which does not tell whether the socket is bound: if two rows fit, neither is taken. */
  find(key: ConnectionKey): Draft | undefined {
    const rows = this.#byTuple.get(idOf(key)) ?? []
    if (key.interfaceIndex !== undefined)
      return rows.find(({ interfaceIndex }) => interfaceIndex === key.interfaceIndex)
    return rows.length === 1 ? rows[0] : undefined
  }
}

function emptyRow(key: ConnectionKey, { firstSeen, lastSeen }: Seen): Draft {
  // One literal: spreading many objects into one is ten times slower, and there is a row for each connection.
  const row: Draft = {
    localAddress: key.localAddress,
    localPort: key.localPort,
    remoteAddress: key.remoteAddress,
    remotePort: key.remotePort,
    ipVersion: key.ipVersion,
    netns: key.netns,
    retransmitted: nothingRetransmitted,
    segmentsSent: 0,
    dataSegmentsSent: 0,
    segmentsReceived: 0,
    bytesSent: 0,
    bytesAcked: 0,
    bytesReceived: 0,
    resetsSent: 0,
    resetsReceived: 0,
    opener: 'unknown',
    state: 'UNKNOWN',
    firstSeen,
    lastSeen,
  }
  if (key.interfaceIndex !== undefined) row.interfaceIndex = key.interfaceIndex
  return row
}

const idOf = ({ netns, localAddress, localPort, remoteAddress, remotePort }: ConnectionKey) =>
  `${netns} ${localAddress} ${localPort} ${remoteAddress} ${remotePort}`

const swapped = ({ localAddress, localPort, remoteAddress, remotePort, ...rest }: ConnectionKey): ConnectionKey => ({
  ...rest,
  localAddress: remoteAddress,
  localPort: remotePort,
  remoteAddress: localAddress,
  remotePort: localPort,
})

const plusReason = (counts: Readonly<Record<string, number>> = {}, reason: string, events: number) => ({
  ...counts,
  [reason]: (counts[reason] ?? 0) + events,
})
