import test from 'ava'
import type { Connection } from 'ebpf/retransmits'
import { conversationTable, flowTable } from '../../lib/cli/flows/flow-table.js'
import { back, flow, flowSnapshot } from '../helpers/flow-record.js'
import { headOf, rowsOf } from '../helpers/live-picture.js'

const counts = (packets: number) => ({ packets, bytes: 100 * packets, segments: 3 * packets })

const unfiled = {
  nonIp: counts(1),
  malformed: counts(2),
  filtered: counts(3),
  unsampled: counts(4),
  lost: { ...counts(5), flows: 2 },
}

for (const [name, table] of [
  ['flows', flowTable()],
  ['conversations', conversationTable()],
] as const) {
  test(`above a table of ${name} stands what is in none of them, by reason, summed up since the start`, (t) => {
    t.is(headOf(table(flowSnapshot({}))).length, 1)
    const said = (factor: number) =>
      `packets in no flow: ${factor} not IP ${2 * factor} malformed ${3 * factor} filtered ${4 * factor} not sampled ` +
      `${5 * factor} lost, of about ${2 * factor} flows: the table was full`
    t.is(headOf(table(flowSnapshot(unfiled)))[1], said(1))
    t.is(headOf(table(flowSnapshot({})))[1], said(1))
    t.is(headOf(table(flowSnapshot(unfiled)))[1], said(2))
  })
}

test('of what is in no flow only the reasons there are stand above the table', (t) => {
  const { lost, malformed } = unfiled
  t.deepEqual(headOf(flowTable()(flowSnapshot({ malformed }))).slice(1), ['packets in no flow: 2 malformed'])
  t.deepEqual(headOf(flowTable()(flowSnapshot({ lost }))).slice(1), [
    'packets in no flow: 5 lost, of about 2 flows: the table was full',
  ])
})

test('the rate above the table is the latest interval’s, the sums are since the start', (t) => {
  const table = flowTable()
  const first = { start: 1000, end: 3000, totals: counts(1000), flows: [flow({})] }
  t.is(
    headOf(table(flowSnapshot({ ...first, table: { entries: 79, maxEntries: 1000, refusals: 0 } })))[0],
    '400 kbit/s █ 1 flows 1.00k packets 100 kB in 0:02 table 79 of 1,000',
  )
  const second = { start: 3000, end: 4000, totals: counts(500) }
  t.is(
    headOf(table(flowSnapshot({ ...second, table: { entries: 1000, maxEntries: 1000, refusals: 9 } })))[0],
    '400 kbit/s ██ 0 flows 1.50k packets 150 kB in 0:03 table 1,000 of 1,000',
  )
})

test('interfaces that are not watched stand above the table: the latest three, each once, and how many more', (t) => {
  const table = flowTable()
  const unwatched = (...names: string[]) =>
    flowSnapshot({ unwatched: names.map((name) => ({ interface: name, reason: `no ${name}` })) })
  t.deepEqual(headOf(table(unwatched('a', 'b'))).slice(1), ['not watched: a: no a b: no b'])
  t.deepEqual(headOf(table(unwatched('c', 'a'))).slice(1), ['not watched: b: no b c: no c a: no a'])
  t.deepEqual(headOf(table(unwatched('d'))).slice(1), ['not watched: c: no c a: no a d: no d and 1 more'])
  t.deepEqual(headOf(table(unwatched('d', 'e'))).slice(1), ['not watched: a: no a d: no d e: no e and 2 more'])
})

test('a table of sampled packets says so', (t) => {
  t.deepEqual(headOf(flowTable()(flowSnapshot({ sampling: 4000 }))).slice(1), [
    ' SAMPLED: 1 packet in 4,000. Nothing below is a whole count. ',
  ])
})

test('a flow’s row has the sums of its intervals, and the rate of the latest', (t) => {
  const table = flowTable()
  table(flowSnapshot({ flows: [flow({ packets: 1, bytes: 1000, segments: 3, tcpFlags: 2 })], end: 3000 }))
  const picture = table(
    flowSnapshot({
      flows: [flow({ packets: 2, bytes: 500, segments: 40, tcpFlags: 16, firstSeen: 3000, lastSeen: 4000 })],
      start: 3000,
      end: 5000,
    }),
  )
  t.deepEqual(rowsOf(picture), [
    {
      PROTO: 'TCP',
      SOURCE: '192.0.2.1:40000',
      DESTINATION: '192.0.2.2:443',
      INTERFACE: 'eth0 out',
      RATE: '2.00 kbit/s',
      TREND: '█▅',
      BYTES: '1.50 kB',
      PACKETS: '3',
      SEGMENTS: '43',
      FLAGS: 'SYN ACK',
    },
  ])
  const [row] = picture.rows
  t.like(row?.total, { ipBytes: 172, wireBytes: 308, firstSeen: 1000, lastSeen: 4000 })
  t.is(rowsOf(table(flowSnapshot({})))[0]?.RATE, '0 bit/s')
})

test('each of what tells flows apart is a row of its own', (t) => {
  const flows = [
    flow({}),
    back({}),
    flow({ sourceAddress: '192.0.2.3' }),
    flow({ destinationAddress: '192.0.2.3' }),
    flow({ sourcePort: 1 }),
    flow({ destinationPort: 1 }),
    flow({ protocol: 17 }),
    flow({ orphan: true }),
    flow({ interface: 'eth1' }),
    flow({ direction: 'ingress' }),
    flow({ netns: '/run/netns/blue' }),
    flow({ tunnel: { type: 'gre', id: 1 } }),
    flow({ tunnel: { type: 'gre', id: 2 } }),
    flow({ tunnel: { type: 'vxlan', id: 2 } }),
    flow({ vlans: [5] }),
    flow({ vlans: [5, 6] }),
  ]
  const table = flowTable()
  table(flowSnapshot({ flows }))
  const { rows } = table(flowSnapshot({ flows }))
  t.is(rows.length, flows.length)
  t.true(rows.every(({ total }) => total.packets === 2))
})

test('flows that another interface counts are shown on request only', (t) => {
  const flows = [flow({}), flow({ interface: 'br0', duplicate: true })]
  const names = (table: ReturnType<typeof flowTable>) =>
    rowsOf(table(flowSnapshot({ flows }))).map((row) => row.INTERFACE)
  t.deepEqual(names(flowTable()), ['eth0 out'])
  t.deepEqual(names(flowTable({ duplicates: true })), ['eth0 out', 'br0 out'])
})

test('what a flow’s row says of protocol and place', (t) => {
  const row = (change: Parameters<typeof flow>[0], options = {}) => {
    const [only] = rowsOf(flowTable(options)(flowSnapshot({ flows: [flow(change)] })))
    return [only?.PROTO, only?.SOURCE, only?.DESTINATION, only?.INTERFACE]
  }
  const echo = { protocol: 1, sourcePort: 7, destinationPort: 8 << 8, icmp: { type: 8, code: 0 } }
  t.deepEqual(row(echo), ['ICMP 8/0', '192.0.2.1:7', '192.0.2.2', 'eth0 out'])
  const orphan = { protocol: 17, sourcePort: 0, destinationPort: 0, orphan: true } as const
  t.deepEqual(row({ ...orphan, direction: 'ingress' }), ['UDP fragments', '192.0.2.1', '192.0.2.2', 'eth0 in'])
  const inside = { netns: '/proc/12/ns/net', vlans: [5, 6], tunnel: { type: 'vxlan', id: 9 } } as const
  t.is(row(inside)[3], 'eth0 out vlan 5.6 vxlan 9')
  t.is(row(inside, { namespaces: true })[3], '12 eth0 out vlan 5.6 vxlan 9')
  t.is(row({ netns: '/run/netns/blue' }, { namespaces: true })[3], 'blue eth0 out')
  t.is(row({}, { nameOf: (address: string) => `${address}.example` })[1], '192.0.2.1.example:40000')
})

test('on request a row tells of the socket that sends the flow, over all intervals', (t) => {
  const table = flowTable({ sockets: true })
  const socket = (change: Partial<Connection>) => ({ segments: 0, bytes: 0, ...change }) as Connection
  const known = socket({ command: 'curl', pid: 12, segments: 3, rtt: { smoothed: 850 } })
  t.like(rowsOf(table(flowSnapshot({ flows: [flow({ socket: known })] })))[0], {
    RTT: '850 µs',
    AGAIN: '3',
    PROCESS: 'curl 12',
  })
  t.like(rowsOf(table(flowSnapshot({ flows: [flow({ socket: socket({ segments: 2 }) })] })))[0], {
    RTT: '850 µs',
    AGAIN: '5',
    PROCESS: 'curl 12',
  })
  t.is(rowsOf(table(flowSnapshot({ flows: [flow({})] })))[0]?.AGAIN, '5')
})

test('a conversation’s row has what either end sent, where it was seen and what it was in', (t) => {
  const table = conversationTable()
  const flows = [flow({ opener: 'source', bytes: 3000, tcpFlags: 2 }), back({ bytes: 200, tcpFlags: 17 })]
  table(flowSnapshot({ flows }))
  const later = [back({ bytes: 100, interface: 'eth1' }), flow({ bytes: 1000, interface: 'eth1' })]
  t.like(rowsOf(table(flowSnapshot({ flows: later })))[0], {
    SOURCE: '192.0.2.1:40000',
    DESTINATION: '192.0.2.2:443',
    SENT: '4.00 kB',
    RECEIVED: '300 B',
    BYTES: '4.30 kB',
    RATE: '8.80 kbit/s',
    INTERFACE: 'eth0 eth1',
    FLAGS: 'FIN SYN ACK',
  })
})

test('a conversation of pings has the identifier at both ends, and is one row', (t) => {
  const message = (make: typeof flow, type: number) =>
    make({ protocol: 1, icmp: { type, code: 0 }, sourcePort: 7, destinationPort: type << 8 })
  const table = conversationTable()
  const flows = [message(flow, 8), message(back, 0)]
  table(flowSnapshot({ flows }))
  const [row, ...rest] = rowsOf(table(flowSnapshot({ flows })))
  t.deepEqual(rest, [])
  t.like(row, { PROTO: 'ICMP', SOURCE: '192.0.2.1:7', DESTINATION: '192.0.2.2:7', SENT: '200 B', RECEIVED: '200 B' })
})

test('a conversation whose opener is learnt later has its ends turned, and what either has sent with them', (t) => {
  const table = conversationTable()
  const told = () => rowsOf(table(flowSnapshot({}))).map((row) => [row.SOURCE, row.SENT, row.RECEIVED])
  table(flowSnapshot({ flows: [back({ bytes: 5000, firstSeen: 1 }), flow({ bytes: 300, firstSeen: 2 })] }))
  t.deepEqual(told(), [['192.0.2.2:443', '5.00 kB', '300 B']])
  table(flowSnapshot({ flows: [flow({ bytes: 70, opener: 'source' }), back({ bytes: 1000, opener: 'destination' })] }))
  t.deepEqual(told(), [['192.0.2.1:40000', '370 B', '6.00 kB']])
  // Who is known to have opened it stays the source.
  table(flowSnapshot({ flows: [back({ bytes: 1000, firstSeen: 1 }), flow({ bytes: 30, firstSeen: 2 })] }))
  t.deepEqual(told(), [['192.0.2.1:40000', '400 B', '7.00 kB']])
})

test('conversations of other tunnels, protocols and ports are rows of their own', (t) => {
  const flows = [
    flow({}),
    flow({ protocol: 17 }),
    flow({ sourcePort: 1 }),
    flow({ tunnel: { type: 'gre', id: 1 } }),
    flow({ tunnel: { type: 'gre', id: 2 } }),
    flow({ tunnel: { type: 'vxlan', id: 2 } }),
  ]
  t.is(conversationTable()(flowSnapshot({ flows })).rows.length, flows.length)
})
