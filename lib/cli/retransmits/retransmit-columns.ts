import type { Connection } from '../../monitors/tcp/connection.js'
import { colors } from '../colors.js'
import { endpoint, quantity, span } from '../format.js'
import { endpointColumn, numberColumn, trendColumn } from '../live/columns.js'
import type { LiveColumn } from '../live/draw.js'
import type { Row } from '../live/ledger.js'
import type { NameOf } from '../live/live-table.js'
import { cutEnd } from '../text.js'
import { type Health, healthRatio, ratioPaint, ratioText, reasonsText } from './health.js'
import type { Peer } from './peer.js'

export type PeerRow = Row<Peer>
export type ConnectionRow = Row<Connection>

const countText = (value: number) => (value === 0 ? '' : quantity(value))
const sum = (record: Readonly<Record<string, number>> = {}) => Object.values(record).reduce((a, b) => a + b, 0)
const whatHurts = () => colors.yellow

const measures = <T extends Health>(): LiveColumn<Row<T>>[] => [
  numberColumn('SENT', 8, ({ total }) => total.segmentsSent, quantity),
  numberColumn('AGAIN', 8, ({ total }) => total.retransmitted.segments, quantity),
  numberColumn(
    'RATIO',
    9,
    ({ total }) => healthRatio(total),
    ratioText,
    ({ total }) => ratioPaint(healthRatio(total)),
  ),
  trendColumn(3),
  numberColumn(
    'RTT',
    7,
    ({ total }) => total.rtt?.smoothed ?? 0,
    (value) => (value === 0 ? '' : span(value)),
  ),
  numberColumn('SYN', 5, ({ total }) => total.retransmitted.syns + total.retransmitted.synAcks, countText, whatHurts),
  numberColumn('TLP', 4, ({ total }) => total.retransmitted.tailLossProbes, countText, whatHurts),
  numberColumn('RST', 5, ({ total }) => total.resetsSent + total.resetsReceived, countText, whatHurts),
  {
    title: 'DROPS',
    text: ({ total }) => reasonsText(total.drops ?? {}),
    paint: whatHurts,
    importance: 6,
    shorten: { minimum: 10, cut: cutEnd },
    sort: { name: 'drops', value: ({ total }) => sum(total.drops) },
  },
]

export const peerColumns = (nameOf: NameOf = (address) => address): LiveColumn<PeerRow>[] => [
  endpointColumn('PEER', ({ total }) => nameOf(total.remoteAddress)),
  ...measures<Peer>(),
  numberColumn('CONNS', 4, ({ latest }) => latest?.connections ?? 0, countText),
  {
    title: 'PROCESS',
    text: ({ total }) => total.commands.join(' '),
    importance: 6,
    shorten: { minimum: 12, cut: cutEnd },
  },
]

export const connectionColumns = (nameOf: NameOf = (address) => address): LiveColumn<ConnectionRow>[] => [
  endpointColumn('LOCAL', ({ total }) => endpoint(total.localAddress, total.localPort)),
  endpointColumn('REMOTE', ({ total }) => endpoint(nameOf(total.remoteAddress), total.remotePort)),
  ...measures<Connection>(),
  { title: 'STATE', text: ({ total }) => total.state, importance: 2 },
  { title: 'PROCESS', text: ({ total }) => processText(total), importance: 6, shorten: { minimum: 12, cut: cutEnd } },
]

export function processText({ command, pid }: Pick<Connection, 'command' | 'pid'>): string {
  if (command === undefined) return pid === undefined ? '' : String(pid)
  return pid === undefined ? command : `${command} ${pid}`
}
