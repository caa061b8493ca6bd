import test from 'ava'
import { joinConnections } from '../../lib/monitors/tcp/connection-join.js'
import type { ConnectionKey } from '../../lib/monitors/tcp/connection-key.js'
import type { Retransmit } from '../../lib/monitors/tcp/retransmit.js'
import { nothingRetransmitted } from '../../lib/monitors/tcp/retransmitted.js'
import type { IncidentRow, SocketRow } from '../../lib/monitors/tcp/socket-rows.js'

const key: ConnectionKey = {
  localAddress: '192.0.2.1',
  localPort: 1111,
  remoteAddress: '192.0.2.2',
  remotePort: 2222,
  ipVersion: 4,
  netns: 7,
}
const fromAfar: ConnectionKey = {
  ...key,
  localAddress: '192.0.2.2',
  localPort: 2222,
  remoteAddress: '192.0.2.1',
  remotePort: 1111,
}
const socket: SocketRow = {
  key,
  counts: {
    segmentsSent: 1,
    dataSegmentsSent: 2,
    segmentsReceived: 3,
    bytesSent: 4,
    bytesAcked: 5,
    bytesReceived: 6,
  },
  facts: { opener: 'local', openedAt: 100, establishedAt: 110, pid: 12, command: 'node' },
  openedLocally: 1,
  openedRemotely: 0,
  established: 1,
  closed: 0,
  aborted: 0,
  state: 'ESTABLISHED',
  rtt: { smoothed: 40, minimum: 20 },
  lastSeen: 200,
}
const incident: IncidentRow = {
  key,
  kind: 'drop',
  protocol: 6,
  reason: 0xffff_ffff,
  events: 1,
  segments: 1,
  bytes: 40,
  firstSeen: 150,
  lastSeen: 160,
}
const retransmitted = { events: 2, segments: 3, bytes: 4000, syns: 1, synAcks: 0, tailLossProbes: 1 }
const retransmit: Retransmit = {
  ...key,
  ...retransmitted,
  state: 'SYN_SENT',
  firstSeen: 120,
  lastSeen: 220,
}

test('a connection that several tables know of is one row, with what each of them says', async (t) => {
  const rows = await joinConnections([socket], [retransmit], [{ ...incident, kind: 'reset-sent', events: 2 }])
  t.deepEqual(rows, [
    {
      ...key,
      retransmitted,
      ...socket.counts,
      ...socket.facts,
      rtt: { smoothed: 40, minimum: 20 },
      resetsSent: 2,
      resetsReceived: 0,
      state: 'ESTABLISHED',
      firstSeen: 120,
      lastSeen: 220,
    },
  ])
})

test('a connection that only retransmitted has a row, and what two reads of the table found is summed', async (t) => {
  const rtt = { smoothed: 30 }
  t.like((await joinConnections([], [{ ...retransmit, rtt }], []))[0], {
    ...key,
    retransmitted,
    rtt,
    state: 'SYN_SENT',
  })
  const [row] = await joinConnections([], [retransmit, { ...retransmit, state: 'ESTABLISHED' }], [])
  t.deepEqual(row?.retransmitted, {
    events: 4,
    segments: 6,
    bytes: 8000,
    syns: 2,
    synAcks: 0,
    tailLossProbes: 2,
  })
  t.is(row?.state, 'ESTABLISHED')
})

test('a connection begins when it was opened or, when that is not known, was last seen', async (t) => {
  const { openedAt, ...facts } = socket.facts
  t.is((await joinConnections([socket], [], []))[0]?.firstSeen, openedAt)
  t.is((await joinConnections([{ ...socket, facts }], [], []))[0]?.firstSeen, socket.lastSeen)
})

test('a packet that was dropped belongs to the connection of either end', async (t) => {
  const from = (each: ConnectionKey, events: number) => ({ ...incident, key: each, events })
  t.deepEqual((await joinConnections([socket], [], [from(key, 2)]))[0]?.drops, { unknown: 2 })
  t.deepEqual((await joinConnections([socket], [], [from(fromAfar, 3)]))[0]?.drops, { unknown: 3 })
  t.deepEqual((await joinConnections([socket], [], [from(key, 2), from(fromAfar, 3)]))[0]?.drops, { unknown: 5 })
})

test('a packet that was dropped of no connection makes no row, nor does a datagram', async (t) => {
  t.deepEqual(await joinConnections([], [], [incident]), [])
  const others = [
    { ...incident, protocol: 17 },
    { ...incident, key: { ...key, netns: 8 } },
    { ...incident, key: { ...key, localPort: 1112 } },
    { ...incident, key: { ...key, remotePort: 2223 } },
    { ...incident, key: { ...key, localAddress: '192.0.2.3' } },
    { ...incident, key: { ...key, remoteAddress: '192.0.2.3' } },
  ]
  const [row, ...rest] = await joinConnections([socket], [], others)
  t.is(row?.drops, undefined)
  t.deepEqual(rest, [])
})

test('resets are counted by direction, also of what has no socket', async (t) => {
  const rows = await joinConnections(
    [],
    [],
    [
      { ...incident, kind: 'reset-sent', events: 2 },
      { ...incident, kind: 'reset-sent', events: 3 },
      { ...incident, kind: 'reset-received', events: 4 },
    ],
  )
  t.is(rows.length, 1)
  t.like(rows[0], { ...key, resetsSent: 5, resetsReceived: 4, state: 'UNKNOWN', opener: 'unknown' })
  t.like(rows[0], { firstSeen: 150, lastSeen: 160, segmentsSent: 0, retransmitted: nothingRetransmitted })
})

test('connections with the same addresses on two links have a row each, and an incident that could be of either has none of them', async (t) => {
  const [five, six] = [5, 6].map((interfaceIndex) => ({ ...key, interfaceIndex }))
  if (!five || !six) return t.fail()
  const rows = await joinConnections(
    [
      { ...socket, key: five },
      { ...socket, key: six, facts: { opener: 'remote', pid: 13, command: 'perl' } },
    ],
    [{ ...retransmit, interfaceIndex: 6 }],
    [{ ...incident, key: five }, { ...incident, kind: 'reset-received', key: six }, incident],
  )
  t.deepEqual(
    rows
      .map(({ interfaceIndex, command, retransmitted, resetsReceived, drops }) => [
        interfaceIndex,
        command,
        retransmitted.segments,
        resetsReceived,
        drops !== undefined,
      ])
      .sort(),
    [
      [5, 'node', 0, 0, true],
      [6, 'perl', 3, 1, false],
    ],
  )
})

test('a reset that no socket sent is of the only connection with its addresses, though that is bound to a link', async (t) => {
  const rows = await joinConnections(
    [{ ...socket, key: { ...key, interfaceIndex: 5 } }],
    [],
    [{ ...incident, kind: 'reset-sent' }],
  )
  t.is(rows.length, 1)
  t.is(rows[0]?.resetsSent, 1)
})
