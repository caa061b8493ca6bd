import type { Connection } from '../../monitors/tcp/connection.js'
import type { TcpSnapshot } from '../../monitors/tcp/tcp-snapshot.js'
import { colors } from '../colors.js'
import { quantity, stopwatch, whole } from '../format.js'
import { dimIdle } from '../live/columns.js'
import type { LiveColumn, Picture } from '../live/draw.js'
import { extended, Ledger, type LedgerOptions, type Row } from '../live/ledger.js'
import type { NameOf } from '../live/live-table.js'
import type { Piece } from '../live/pieces.js'
import { sparkline } from '../sparkline.js'
import { addConnection, connectionKey } from './connection-record.js'
import { addReasons, type Health, ratioOf, ratioPaint, ratioText, reasonsText } from './health.js'
import { addPeer, type Peer, peerOf } from './peer.js'
import { connectionColumns, peerColumns } from './retransmit-columns.js'

/** How many seconds an idle row stays. */
const patience = 300
const capacity = 65_536

/** One row per remote address. */
export const peerTable = (nameOf?: NameOf) =>
  pictures<Peer>(
    (connections) => connections.map(peerOf),
    { keyOf: ({ remoteAddress }) => remoteAddress, add: addPeer },
    peerColumns(nameOf),
  )

/** One row per connection. */
export const connectionTable = (nameOf?: NameOf) =>
  pictures<Connection>(
    (connections) => connections,
    { keyOf: connectionKey, add: addConnection },
    connectionColumns(nameOf),
  )

function pictures<T extends Health>(
  recordsOf: (connections: readonly Connection[]) => readonly T[],
  options: Pick<LedgerOptions<T>, 'keyOf' | 'add'>,
  columns: readonly LiveColumn<Row<T>>[],
): (snapshot: TcpSnapshot) => Picture<Row<T>> {
  const ledger = new Ledger<T>({
    ...options,
    measure: ({ retransmitted }) => retransmitted.segments,
    capacity,
    patience,
  })
  const head = new RetransmitHead()
  return (snapshot) => {
    const seconds = Math.max(snapshot.end - snapshot.start, 1) / 1000
    const rows = ledger.take(recordsOf(snapshot.sockets?.connections ?? []), seconds)
    return { head: head.take(snapshot, seconds), columns, rows, paintRow: dimIdle }
  }
}

/** The lines above the table: sums since the start, and everything that is not in the table. */
class RetransmitHead {
  /** Sum of all intervals, in milliseconds; setting the clock does not change it. */
  #elapsed = 0
  #trend: number[] = []
  #again = 0
  #sent = 0
  #lost = { segments: 0, connections: 0, incidents: 0, unreadable: 0 }
  #drops: Readonly<Record<string, number>> = {}

  take({ start, end, totals, lost, table, sockets }: TcpSnapshot, seconds: number): Piece[][] {
    this.#elapsed += end - start
    this.#trend = extended(this.#trend, totals.segments / seconds)
    this.#again += totals.segments
    this.#sent += sockets?.totals.segmentsSent ?? 0
    this.#lost = {
      segments: this.#lost.segments + lost.segments,
      connections: this.#lost.connections + (sockets?.lost.connections ?? 0),
      incidents: this.#lost.incidents + (sockets?.lost.incidents ?? 0),
      unreadable: this.#lost.unreadable + (sockets?.lost.unreadable ?? 0),
    }
    for (const { reason, packets } of sockets?.drops ?? []) {
      this.#drops = addReasons(this.#drops, { [reason]: packets }) ?? {}
    }
    const ratio = ratioOf(this.#again, this.#sent)
    const { entries, maxEntries } = sockets?.tables.connections ?? table
    return [
      [
        [`${whole(this.#again)} of ${quantity(this.#sent)} segments sent again`, colors.bold],
        [ratioText(ratio), ratioPaint(ratio)],
        [sparkline(this.#trend).trimStart(), colors.cyan],
        [`${whole(sockets?.connections.length ?? 0)} connections`],
        [`in ${stopwatch(this.#elapsed)}`],
        [`table ${whole(entries)} of ${whole(maxEntries)}`, entries < 0.8 * maxEntries ? colors.dim : colors.yellow],
      ],
      this.#dropped(),
      this.#notInTheTable(),
    ]
  }

  #dropped(): Piece[] {
    const { unreadable } = this.#lost
    const pieces: Piece[] = [
      ...topReasons(this.#drops),
      ...(unreadable > 0 ? [[`${quantity(unreadable)} whose addresses cannot be read`, colors.dim] as const] : []),
    ]
    return pieces.length > 0 ? [['packets dropped:', colors.dim], ...pieces] : []
  }

  #notInTheTable(): Piece[] {
    const { segments, connections, incidents } = this.#lost
    const reasons = [
      [segments, 'segments sent again'],
      [connections, 'connections'],
      [incidents, 'resets and drops'],
    ] as const
    const pieces = reasons.flatMap(([count, what]): Piece[] =>
      count > 0 ? [[`${whole(count)} ${what}`, colors.red]] : [],
    )
    return pieces.length > 0 ? [['lost, the tables were full:', colors.red], ...pieces] : []
  }
}

const topReasons = (drops: Readonly<Record<string, number>>): Piece[] =>
  Object.entries(drops)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 6)
    .map(([reason, count]) => [reasonsText({ [reason]: count }), colors.yellow])
