import test from 'ava'
import { addConversation, conversationKey, conversationOf } from '../../lib/cli/flows/conversation.js'
import { addFlow, flowKey } from '../../lib/cli/flows/flow-record.js'
import { conversationTable, flowTable } from '../../lib/cli/flows/flow-table.js'
import { Controls } from '../../lib/cli/live/controls.js'
import { draw, type Picture } from '../../lib/cli/live/draw.js'
import type { Flow } from '../../lib/monitors/flows/flow.js'
import { joinFlows } from '../../lib/monitors/flows/join.js'
import { connection, flow, flowSnapshot, retransmitted } from '../helpers/monitor-samples.js'

/** The lines of a picture, as wide as they are. */
const lines = <Row>(picture: Picture<Row>, sort = 'bytes') =>
  draw(picture, new Controls([], sort), { width: Number.POSITIVE_INFINITY })
/** A flow's row: its cells. */
const cells = (change: Partial<Flow>, options = {}) =>
  lines(flowTable(options)(flowSnapshot([flow(change)])))
    .at(-1)
    ?.split(/ {2,}/)
/** What stands above a table, without its first line. */
const beside = (snapshot: ReturnType<typeof flowSnapshot>) => lines(flowTable()(snapshot)).slice(1, -1)

const back = {
  sourceAddress: '192.0.2.2',
  sourcePort: 443,
  destinationAddress: '192.0.2.1',
  destinationPort: 40_000,
  direction: 'ingress',
} as const

const joined = (...flows: Flow[]) => {
  const [one, ...more] = joinFlows(flows).map(conversationOf)
  if (!one || more.length > 0) throw new Error('these are not one conversation')
  return one
}
const counts = (packets: number, bytes: number, segments: number) => ({ packets, bytes, segments })

test('a row tells protocol, ends, place, what was counted and flags', (t) => {
  t.deepEqual(cells({ packets: 5, bytes: 1500, segments: 7, tcpFlags: 0x12 }), [
    ...['TCP', '192.0.2.1:40000', '192.0.2.2:443', 'eth0 out', '12.0 kbit/s', '█', '1.50 kB', '5', '7', 'SYN ACK'],
  ])
})

test('without options neither namespaces nor sockets are told of', (t) => {
  const snapshot = flowSnapshot([flow({ netns: '/run/netns/blue' })])
  t.regex(
    lines(flowTable()(snapshot)).slice(-2).join('\n'),
    /^PROTO +SOURCE +DESTINATION +INTERFACE +RATE +TREND +BYTES▾ +PACKETS +SEGMENTS +FLAGS\n.* {2}eth0 out /,
  )
  t.regex(
    lines(conversationTable()(snapshot)).at(-2) ?? '',
    /^PROTO +SOURCE +DESTINATION +SENT +RECEIVED +RATE +TREND +BYTES▾ +PACKETS +SEGMENTS +INTERFACE +FLAGS$/,
  )
})

test('ICMP has a type and a code, and not the one as a port of the other end', (t) => {
  const echo = { protocol: 1, tcpFlags: 0, sourcePort: 77, destinationPort: 8 << 8, icmp: { type: 8, code: 0 } }
  t.deepEqual(cells(echo)?.slice(0, 3), ['ICMP 8/0', '192.0.2.1:77', '192.0.2.2'])
  t.is(cells({ protocol: 17, orphan: true })?.[0], 'UDP fragments')
})

test('VLANs and tunnels are a part of the place', (t) => {
  t.is(
    cells({ direction: 'ingress', vlans: [5, 6], tunnel: { type: 'vxlan', id: 42 } })?.[3],
    'eth0 in vlan 5.6 vxlan 42',
  )
})

test('what the socket knows stands in columns of its own', (t) => {
  const socket = connection({
    rtt: { smoothed: 1500 },
    retransmitted: retransmitted({ segments: 3 }),
    command: 'curl',
    pid: 12,
  })
  t.deepEqual(cells({ socket }, { sockets: true })?.slice(-4), ['1.50 ms', '3', 'curl 12', 'ACK'])
  t.deepEqual(cells({}, { sockets: true })?.slice(-2), ['2', 'ACK'])
})

test('each thing that makes a flow another is in its key', (t) => {
  const changes: Partial<Flow>[] = [
    {},
    { protocol: 17 },
    { orphan: true },
    { sourceAddress: '192.0.2.9' },
    { sourcePort: 9 },
    { destinationAddress: '192.0.2.9' },
    { destinationPort: 9 },
    { interface: 'eth9' },
    { direction: 'ingress' },
    { netns: '/run/netns/blue' },
    { tunnel: { type: 'gre', id: 1 } },
    { tunnel: { type: 'gre', id: 2 } },
    { tunnel: { type: 'vxlan', id: 1 } },
    { vlans: [1] },
    { vlans: [1, 2] },
  ]
  t.is(new Set(changes.map((change) => flowKey(flow(change)))).size, changes.length)
  t.is(flowKey(flow({ packets: 9, tcpFlags: 9, firstSeen: 9, ttl: { minimum: 1, maximum: 2 } })), flowKey(flow()))
})

test('two intervals of a flow are summed, with all flags, the first start and the latest end', (t) => {
  const first = flow({
    tcpFlags: 2,
    firstSeen: 10,
    lastSeen: 20,
    socket: connection({ retransmitted: retransmitted({ segments: 1 }), command: 'curl' }),
  })
  const second = flow({ ...counts(3, 50, 4), ipBytes: 5, wireBytes: 6, tcpFlags: 1, firstSeen: 30, lastSeen: 40 })
  t.like(addFlow(first, second), {
    ...counts(4, 150, 6),
    ipBytes: 91,
    wireBytes: 160,
    tcpFlags: 3,
    firstSeen: 10,
    lastSeen: 40,
    socket: { retransmitted: retransmitted({ segments: 1 }), command: 'curl' },
  })
  const third = flow({ socket: connection({ retransmitted: retransmitted({ segments: 4 }) }) })
  t.like(addFlow(addFlow(first, second), third).socket, {
    retransmitted: retransmitted({ segments: 5 }),
    command: 'curl',
  })
})

test('a conversation has what each end sent', (t) => {
  const there = flow({ ...counts(1, 100, 2), opener: 'source', tcpFlags: 2 })
  const more = flow({ ...counts(10, 1000, 20), opener: 'source', vlans: [5], interface: 'eth1' })
  const andBack = flow({ ...back, ...counts(3, 300, 4), opener: 'destination', tcpFlags: 4, socket: connection() })
  t.deepEqual(joined(there, more, andBack), {
    protocol: 6,
    opener: 'source',
    ...counts(14, 1400, 26),
    source: { address: '192.0.2.1', port: 40_000 },
    destination: { address: '192.0.2.2', port: 443 },
    sent: counts(11, 1100, 22),
    received: counts(3, 300, 4),
    tcpFlags: 0x16,
    interfaces: ['eth0', 'eth1'],
    socket: connection(),
  })
})

test('an echo and its answers have the identifier at both ends, and their type at none', (t) => {
  const echo = { protocol: 1, sourcePort: 77, destinationPort: 8 << 8, icmp: { type: 8, code: 0 } }
  const answer = { ...back, protocol: 1, sourcePort: 77, destinationPort: 0, icmp: { type: 0, code: 0 } }
  const conversation = joined(flow({ ...echo, firstSeen: 1 }), flow({ ...answer, firstSeen: 2 }))
  t.deepEqual(conversation.source, { address: '192.0.2.1', port: 77 })
  t.deepEqual(conversation.destination, { address: '192.0.2.2', port: 77 })
  const row = lines(conversationTable()(flowSnapshot([flow(echo), flow(answer)]))).at(-1)
  t.regex(row ?? '', /^ICMP +192\.0\.2\.1:77 +192\.0\.2\.2:77 +100 B +100 B /)
})

const there = { ...counts(1, 100, 2), firstSeen: 5 }
const answered = { ...back, ...counts(3, 300, 4), firstSeen: 9 }

test('whichever end is the source, it is one conversation', (t) => {
  const one = joined(flow(there))
  t.is(conversationKey(one), conversationKey(joined(flow(answered))))
  const others = [{ sourcePort: 9 }, { destinationAddress: '192.0.2.9' }, { protocol: 17 }]
  const tunnels = [{ tunnel: { type: 'gre', id: 1 } as const }, { tunnel: { type: 'gre', id: 2 } as const }]
  const keys = [one, ...[...others, ...tunnels].map((change) => joined(flow({ ...there, ...change })))].map(
    conversationKey,
  )
  t.is(new Set(keys).size, keys.length)
})

test('a conversation whose opener is learnt in a later interval gets its ends and its sums from it', (t) => {
  // What came first was from the server, so that it seemed to be the source.
  const unknown = joined(flow({ ...answered, firstSeen: 1 }), flow(there))
  t.like(unknown, { source: { port: 443 }, sent: counts(3, 300, 4), received: counts(1, 100, 2) })
  const known = joined(flow({ ...there, ...counts(10, 1000, 10), opener: 'source' }))
  for (const [a, b] of [
    [unknown, known],
    [known, unknown],
  ] as const) {
    t.like(addConversation(a, b), {
      opener: 'source',
      source: { address: '192.0.2.1', port: 40_000 },
      destination: { address: '192.0.2.2', port: 443 },
      sent: counts(11, 1100, 12),
      received: counts(3, 300, 4),
      ...counts(14, 1400, 16),
    })
  }
})

test('a conversation keeps the ends that it was first seen with, as long as nobody knows better', (t) => {
  const first = joined(flow({ ...there, tcpFlags: 2 }))
  const second = joined(
    flow({
      ...answered,
      tcpFlags: 1,
      interface: 'eth1',
      socket: connection({ retransmitted: retransmitted({ segments: 1 }) }),
    }),
  )
  const both = addConversation(first, second)
  t.like(both, { source: { port: 40_000 }, sent: counts(1, 100, 2), received: counts(3, 300, 4), tcpFlags: 3 })
  t.deepEqual(both.interfaces, ['eth0', 'eth1'])
  t.is(both.socket?.retransmitted.segments, 1)
  t.is(addConversation(both, second).socket?.retransmitted.segments, 2)
  t.deepEqual(addConversation(both, second).interfaces, ['eth0', 'eth1'])
})

test('ends with the same port are told apart by their addresses', (t) => {
  const ntp = { protocol: 17, sourcePort: 123, destinationPort: 123 }
  const a = joined(flow({ ...ntp, ...counts(1, 1, 1) }))
  const b = joined(flow({ ...back, ...ntp, ...counts(5, 5, 5) }))
  t.like(addConversation(a, b), { sent: counts(1, 1, 1), received: counts(5, 5, 5) })
})

test('ends with the same address are told apart by their ports', (t) => {
  const loop = { sourceAddress: '::1', destinationAddress: '::1', ipVersion: 6 } as const
  const a = joined(flow({ ...loop, sourcePort: 1, destinationPort: 2, ...counts(1, 1, 1) }))
  const b = joined(flow({ ...loop, sourcePort: 2, destinationPort: 1, ...counts(5, 5, 5) }))
  t.like(addConversation(a, b), { sent: counts(1, 1, 1), received: counts(5, 5, 5) })
})

test('the head has the rate of the last interval and sums since the start', (t) => {
  const pictureOf = flowTable()
  const totals = counts(1500, 250_000, 0)
  const table = { entries: 3, maxEntries: 1000, refusals: 0 }
  pictureOf(flowSnapshot([flow()], { totals, table }))
  const second = flowSnapshot([flow(), flow({ duplicate: true })], {
    start: 2000,
    end: 4000,
    totals: counts(500, 125_000, 0),
    table: { ...table, entries: 1200, maxEntries: 65_536 },
  })
  t.is(lines(pictureOf(second))[0], '500 kbit/s  █▃  1 flows  2.00k packets  375 kB  in 0:03  table 1,200 of 65,536')
})

test('all that is in no flow is told by its reason, summed since the start', (t) => {
  const some = (packets: number) => counts(packets, 0, 0)
  const unfiled = {
    nonIp: some(1),
    malformed: some(2),
    filtered: some(3),
    unsampled: some(4),
    lost: { ...some(5), flows: 1500 },
  }
  const pictureOf = flowTable()
  const head = () => lines(pictureOf(flowSnapshot([], unfiled)))[1]
  const told = (factor: number) =>
    `packets in no flow:  ${factor} not IP  ${2 * factor} malformed  ${3 * factor} filtered  ${4 * factor} not sampled  ${5 * factor} lost, of about ${factor === 1 ? '1,500' : '3,000'} flows: the table was full`
  t.is(head(), told(1))
  t.is(head(), told(2))
  t.deepEqual(beside(flowSnapshot([], { filtered: some(7) })), ['packets in no flow:  7 filtered'])
  t.deepEqual(beside(flowSnapshot([])), [])
})

test('namespaces that are gone are named by their files', (t) => {
  const reason = 'the network namespace is gone'
  const unwatched = ['/run/netns/a', '/run/netns/b'].map((netns) => ({ interface: '*', netns, reason }))
  t.is(
    lines(flowTable()(flowSnapshot([], { unwatched })))[1],
    `not watched:  /run/netns/a: ${reason}  /run/netns/b: ${reason}`,
  )
})

test('interfaces that are not watched are told of, the latest three with why', (t) => {
  const pictureOf = flowTable()
  const without = (...names: string[]) =>
    lines(
      pictureOf(flowSnapshot([], { unwatched: names.map((name) => ({ interface: name, reason: `no ${name}` })) })),
    )[1]
  t.is(without('a', 'b'), 'not watched:  a: no a  b: no b')
  t.is(without('c'), 'not watched:  a: no a  b: no b  c: no c')
  t.is(without('a', 'd'), 'not watched:  c: no c  a: no a  d: no d  and 1 more')
})

test('one packet in no flow is told of', (t) => {
  const one = counts(1, 0, 0)
  for (const [change, told] of [
    [{ nonIp: one }, '1 not IP'],
    [{ malformed: one }, '1 malformed'],
    [{ filtered: one }, '1 filtered'],
    [{ unsampled: one }, '1 not sampled'],
    [{ lost: { ...one, flows: 1 } }, '1 lost, of about 1 flows: the table was full'],
  ] as const) {
    t.deepEqual(beside(flowSnapshot([], change)), [`packets in no flow:  ${told}`])
  }
})

test('an interval that took no time is of a millisecond', (t) => {
  const [head] = lines(flowTable()(flowSnapshot([], { end: 1000, totals: counts(1, 100, 1) })))
  t.regex(head ?? '', /^800 kbit\/s {2}█ /)
})

test('the head says that packets are sampled, as long as they are', (t) => {
  t.deepEqual(beside(flowSnapshot([], { sampling: 1000 })), [
    ' SAMPLED: 1 packet in 1,000. Nothing below is a whole count. ',
  ])
})

test('a wall clock that is set changes neither the rate nor the time that has passed', (t) => {
  const pictureOf = flowTable()
  const totals = counts(1, 125_000, 1)
  pictureOf(flowSnapshot([flow()], { totals }))
  for (const start of [-3_600_000, 7_200_000]) {
    const [head = '', , row = ''] = lines(pictureOf(flowSnapshot([], { start, end: start + 1000, totals })))
    t.regex(head, /^1.00 Mbit\/s /)
    t.regex(head, start < 0 ? / in 0:02 / : / in 0:03 /)
    t.regex(row, / 0 bit\/s /, 'the idle flow is still there')
  }
})

test('an idle flow has no rate, and goes after 30 seconds', (t) => {
  const pictureOf = flowTable()
  pictureOf(flowSnapshot([flow()]))
  const idle = (seconds: number) => lines(pictureOf(flowSnapshot([], { end: 1000 + seconds * 1000 }))).slice(2)
  const [row = '', ...more] = idle(1)
  t.deepEqual(more, [])
  t.regex(row, / 0 bit\/s +█ +100 B /)
  t.is(idle(29).length, 1)
  t.is(idle(1).length, 0)
})
