import test from 'ava'
import type { TcpSnapshot } from 'ebpf/tcp'
import { Controls } from '../../lib/cli/live/controls.js'
import { draw, type Picture } from '../../lib/cli/live/draw.js'
import { addConnection, connectionKey } from '../../lib/cli/retransmits/connection-record.js'
import { addReasons, ratioOf, ratioText, reasonsText } from '../../lib/cli/retransmits/health.js'
import { addPeer, peerOf } from '../../lib/cli/retransmits/peer.js'
import { connectionTable, peerTable } from '../../lib/cli/retransmits/retransmit-table.js'
import type { Connection } from '../../lib/monitors/tcp/connection.js'
import { connection, retransmitted, tcpSnapshot } from '../helpers/monitor-samples.js'

/** The lines of a picture, as wide as they are. */
const lines = <Row>(picture: Picture<Row>) =>
  draw(picture, new Controls([], 'again'), { width: Number.POSITIVE_INFINITY })
/** The cell of a column. */
function cellOf(table: typeof peerTable | typeof connectionTable, title: string, change: Partial<Connection>) {
  const { columns, rows } = table()(tcpSnapshot([connection(change)])) as Picture<unknown>
  return columns.find((column) => column.title === title)?.text(rows[0])
}

const busy = connection({
  segmentsSent: 1,
  retransmitted: { events: 1, segments: 2, bytes: 3, syns: 4, synAcks: 5, tailLossProbes: 6 },
  resetsSent: 7,
  resetsReceived: 8,
  drops: { NO_SOCKET: 1, TC_INGRESS: 5 },
  rtt: { smoothed: 1500 },
  command: 'curl',
  pid: 12,
  openedAt: 500,
})
const later = connection({
  segmentsSent: 10,
  retransmitted: { events: 1, segments: 20, bytes: 30, syns: 40, synAcks: 50, tailLossProbes: 60 },
  resetsSent: 70,
  resetsReceived: 80,
  drops: { NO_SOCKET: 9 },
  rtt: { smoothed: 2500 },
  state: 'CLOSE_WAIT',
})
const sums = {
  segmentsSent: 11,
  retransmitted: { events: 2, segments: 22, bytes: 33, syns: 44, synAcks: 55, tailLossProbes: 66 },
  resetsSent: 77,
  resetsReceived: 88,
  drops: { NO_SOCKET: 10, TC_INGRESS: 5 },
  rtt: { smoothed: 2500 },
}

test('two intervals of a connection are summed, and what only the earlier knew is still known', (t) => {
  t.like(addConnection(busy, later), { ...sums, state: 'CLOSE_WAIT', command: 'curl', pid: 12, openedAt: 500 })
  const { rtt: _, drops: __, ...plain } = later
  t.like(addConnection(busy, plain), { rtt: { smoothed: 1500 }, drops: { NO_SOCKET: 1, TC_INGRESS: 5 } })
  t.false('drops' in addConnection(connection(), connection()))
  t.false('rtt' in addConnection(connection(), connection()))
})

test('connections with one peer are a row, with the processes of all', (t) => {
  const [first, second] = [busy, later].map(peerOf)
  if (!first || !second) return t.fail()
  t.deepEqual(addPeer(first, second), {
    ...sums,
    remoteAddress: '192.0.2.2',
    connections: 2,
    commands: ['curl'],
  })
  t.deepEqual(addPeer(first, peerOf(connection({ command: 'node' }))).commands, ['curl', 'node'])
  t.deepEqual(addPeer(first, first).commands, ['curl'])
})

test('each thing that makes a connection another is in its key', (t) => {
  const changes: Partial<Connection>[] = [
    {},
    { netns: 9 },
    { localAddress: '192.0.2.9' },
    { localPort: 9 },
    { remoteAddress: '192.0.2.9' },
    { remotePort: 9 },
  ]
  t.is(new Set(changes.map((change) => connectionKey(connection(change)))).size, changes.length)
  t.is(connectionKey(busy), connectionKey(later))
})

test('the ratio is of the segments that were sent, and none where none was', (t) => {
  t.is(ratioOf(1, 4), 0.25)
  t.is(ratioOf(0, 0), 0)
  t.is(ratioText(ratioOf(3, 0)), '—')
  t.is(ratioText(0.25), '25.0 %')
})

test('reasons are summed, and the most common comes first', (t) => {
  t.deepEqual(addReasons({ a: 1 }, { a: 2, b: 3 }), { a: 3, b: 3 })
  t.deepEqual(addReasons(undefined, { a: 2 }), { a: 2 })
  t.deepEqual(addReasons({ a: 2 }, undefined), { a: 2 })
  t.is(addReasons(undefined, undefined), undefined)
  t.is(reasonsText({ a: 1, b: 30, c: 4 }), '30 b 4 c 1 a')
})

test('each column of either table tells its own number, and nothing where that is 0', (t) => {
  for (const table of [peerTable, connectionTable]) {
    for (const [title, change, text, nothing] of [
      ['SENT', { segmentsSent: 1234 }, '1.23k', '0'],
      ['AGAIN', { retransmitted: retransmitted({ segments: 5 }), segmentsSent: 10 }, '5', '0'],
      ['RATIO', { retransmitted: retransmitted({ segments: 5 }), segmentsSent: 10 }, '50.0 %', '0 %'],
      ['RTT', { rtt: { smoothed: 850 } }, '850 µs', ''],
      ['SYN', { retransmitted: retransmitted({ syns: 2, synAcks: 5 }) }, '7', ''],
      ['TLP', { retransmitted: retransmitted({ tailLossProbes: 3 }) }, '3', ''],
      ['RST', { resetsSent: 2, resetsReceived: 5 }, '7', ''],
      ['DROPS', { drops: { NO_SOCKET: 2, TC_INGRESS: 3 } }, '3 TC_INGRESS 2 NO_SOCKET', ''],
    ] as const) {
      t.is(cellOf(table, title, change), text)
      t.is(cellOf(table, title, {}), nothing)
    }
  }
})

test('a process has its name, its number, or both, as far as they are known', (t) => {
  t.is(cellOf(connectionTable, 'PROCESS', { command: 'curl', pid: 12 }), 'curl 12')
  t.is(cellOf(connectionTable, 'PROCESS', { command: 'curl' }), 'curl')
  t.is(cellOf(connectionTable, 'PROCESS', { pid: 12 }), '12')
  t.is(cellOf(connectionTable, 'PROCESS', {}), '')
})

test('names stand for the addresses of the other end', (t) => {
  const snapshot = tcpSnapshot([connection()])
  const nameOf = (address: string) => `name-of-${address}`
  t.regex(lines(peerTable(nameOf)(snapshot)).at(-1) ?? '', /^name-of-192\.0\.2\.2 /)
  t.regex(lines(connectionTable(nameOf)(snapshot)).at(-1) ?? '', /^192\.0\.2\.1:40000 +name-of-192\.0\.2\.2:443 /)
})

test('rows are sorted by what they tell', (t) => {
  const { columns, rows } = peerTable()(tcpSnapshot([busy]))
  const values = Object.fromEntries(
    columns.flatMap(({ sort }) => (sort ? [[sort.name, sort.value(rows[0] as never)]] : [])),
  )
  t.deepEqual(values, {
    peer: '192.0.2.2',
    sent: 1,
    again: 2,
    ratio: 2,
    rtt: 1500,
    syn: 9,
    tlp: 6,
    rst: 15,
    drops: 6,
    conns: 1,
  })
})

test('CONNS is of the last interval, and the trend is of what was sent again a second', (t) => {
  const pictureOf = peerTable()
  pictureOf(tcpSnapshot([busy, later]))
  const [row] = pictureOf(tcpSnapshot([later], {}, { start: 2000, end: 4000 })).rows
  t.is(row?.latest?.connections, 1)
  t.deepEqual(row?.trend, [22, 10])
  const { columns, rows } = pictureOf(tcpSnapshot([]))
  t.is(columns.find(({ title }) => title === 'CONNS')?.text(rows[0] as never), '')
})

const head = (segments: number, lost = 0) => ({
  totals: { events: 0, segments, bytes: 0 },
  lost: { events: 0, segments: lost, bytes: 0 },
})

test('the head has sums since the start', (t) => {
  const pictureOf = peerTable()
  pictureOf(tcpSnapshot([connection()], { segmentsSent: 1000 }, head(20)))
  const tables = { connections: { entries: 30, maxEntries: 16_384 }, incidents: { entries: 1, maxEntries: 9 } }
  const second = tcpSnapshot(
    [connection(), connection({ localPort: 1 })],
    { segmentsSent: 1000, tables },
    { start: 2000, end: 4000, ...head(10) },
  )
  t.is(
    lines(pictureOf(second))[0],
    '30 of 2.00k segments sent again  1.50 %  █▃  2 connections  in 0:03  table 30 of 16,384',
  )
})

test('what was lost is told by what it was, summed since the start', (t) => {
  const lost = { connections: 1000, incidents: 3, unreadable: 0 }
  const ofPeers = peerTable()
  const ofConnections = connectionTable()
  for (const linesOf of [
    (snapshot: TcpSnapshot) => lines(ofPeers(snapshot)),
    (snapshot: TcpSnapshot) => lines(ofConnections(snapshot)),
  ]) {
    const second = () => linesOf(tcpSnapshot([], { lost }, head(0, 7)))[1]
    t.is(second(), 'lost, the tables were full:  7 segments sent again  1,000 connections  3 resets and drops')
    t.is(second(), 'lost, the tables were full:  14 segments sent again  2,000 connections  6 resets and drops')
  }
  t.is(lines(peerTable()(tcpSnapshot([]))).length, 2)
  const none = { connections: 0, incidents: 0, unreadable: 0 }
  for (const [change, more, told] of [
    [none, 1, 'lost, the tables were full:  1 segments sent again'],
    [{ ...none, connections: 1 }, 0, 'lost, the tables were full:  1 connections'],
    [{ ...none, incidents: 1 }, 0, 'lost, the tables were full:  1 resets and drops'],
    [{ ...none, unreadable: 1 }, 0, 'packets dropped:  1 whose addresses cannot be read'],
  ] as const) {
    t.is(lines(peerTable()(tcpSnapshot([], { lost: change }, head(0, more))))[1], told)
  }
})

test('dropped packets are told by reason, the six most common first, and those that cannot be read', (t) => {
  const drop = (reason: string, packets: number) => ({ reason, packets }) as never
  const drops = ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((reason, i) => drop(reason, i + 1))
  const pictureOf = connectionTable()
  const lost = { connections: 0, incidents: 0, unreadable: 4 }
  pictureOf(tcpSnapshot([], { drops }))
  t.is(
    lines(pictureOf(tcpSnapshot([], { drops: [drop('A', 100), drop('A', 1)], lost })))[1],
    'packets dropped:  102 A  7 G  6 F  5 E  4 D  3 C  4 whose addresses cannot be read',
  )
  t.is(lines(pictureOf(tcpSnapshot([], { lost })))[1]?.endsWith('3 C  8 whose addresses cannot be read'), true)
})

test('a connection stays for five idle minutes', (t) => {
  const pictureOf = connectionTable()
  pictureOf(tcpSnapshot([connection()]))
  const rows = (seconds: number) => pictureOf(tcpSnapshot([], {}, { end: 1000 + seconds * 1000 })).rows.length
  t.is(rows(300), 1)
  t.is(rows(1), 0)
})
