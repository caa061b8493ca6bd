import { join } from 'node:path'
import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { compileCodec } from '../../lib/btf/codec/codec.js'
import { binding } from '../../lib/internal/binding.js'
import { flowDecoder, type Place } from '../../lib/monitors/flows/decoder.js'
import { FlowInterval } from '../../lib/monitors/flows/interval.js'
import { FlowMemory, type LeadsTo } from '../../lib/monitors/flows/memory.js'
import { elfSection } from '../helpers/elf.js'

/** Entries of the table as the program writes them, by the types that it was compiled with. */
const btf = Btf.parse(elfSection(join(process.cwd(), 'bpf/flow.bpf.o'), '.BTF'))
const decoder = flowDecoder(btf)
const codecOf = (struct: string) => compileCodec(btf, btf.findByName(struct, 'STRUCT')?.id ?? 0, { int64: 'number' })
const [keyCodec, valueCodec] = [codecOf('flow_key'), codecOf('flow_value')]

const mapped = (...bytes: number[]): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes)
const ipv6 = (first: number, last: number): Uint8Array =>
  Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)

const key = {
  saddr: mapped(192, 0, 2, 1),
  daddr: mapped(192, 0, 2, 2),
  sport: 40_000,
  dport: 443,
  tunnel_id: 0,
  protocol: 6,
  ip_version: 4,
  tunnel: 0,
  orphan: 0,
  ifindex: 1,
  vlans: [0, 0],
  netns: 0,
  direction: 0,
  pad: 0,
}
const value = {
  packets: 1,
  bytes: 100,
  extra_segments: 0,
  extra_headers: 0,
  extra_link_bytes: 0 as number | bigint,
  first_seen: 1_000_000,
  last_seen: 2_000_000,
  syns: 0,
  synacks: 0,
  fins: 0,
  resets: 0,
  ce_marks: 0,
  link_bytes: 14,
  tcp_flags: new Uint8Array(8) as Uint8Array,
  ttl_min: 64,
  ttl_max: 64,
  dscp: 0,
  listener: 0,
  pad: 0,
}
type Entry = readonly [change: Partial<typeof key>, values?: Partial<typeof value>]

const nameOf = ({ netns, ifindex, egress }: Place) =>
  ({ interface: `eth${ifindex}`, netns: `ns${netns}`, direction: egress ? 'egress' : 'ingress' }) as const

/** What an interval makes of these entries. */
const memoryOf = (leadsTo: LeadsTo = () => true) => new FlowMemory(decoder.tupleWords, 100, leadsTo)

function interval(entries: readonly Entry[], memory = memoryOf()) {
  const made = new FlowInterval(decoder, memory, nameOf)
  for (const [keyChange, valueChange] of entries) {
    // Not at the beginning, as in a batch.
    const keys = new DataView(new ArrayBuffer(8 + keyCodec.size))
    const values = new DataView(new ArrayBuffer(16 + valueCodec.size))
    keyCodec.encode({ ...key, ...keyChange }, keys, 8)
    valueCodec.encode({ ...value, ...valueChange }, values, 16)
    made.visit(keys, 8, values, 16)
  }
  return { made, flows: made.flows, totals: made.settle() }
}

function flowOf(...entry: Entry) {
  const [flow] = interval([entry]).flows
  if (!flow) throw new Error('no flow')
  return flow
}

test('each number of an entry is where it belongs', (t) => {
  const { firstSeen, lastSeen, ...flow } = flowOf(
    { sport: 1, dport: 2, direction: 1, ifindex: 7, netns: 3 },
    {
      packets: 10,
      bytes: 5000,
      extra_segments: 3,
      extra_headers: 162,
      extra_link_bytes: 20,
      syns: 11,
      synacks: 12,
      fins: 13,
      resets: 14,
      ce_marks: 15,
      ttl_min: 16,
      ttl_max: 17,
      dscp: 18,
      tcp_flags: Uint8Array.of(1, 0, 1, 0, 1, 0, 0, 1),
    },
  )
  t.deepEqual(flow, {
    sourceAddress: '192.0.2.1',
    sourcePort: 1,
    destinationAddress: '192.0.2.2',
    destinationPort: 2,
    protocol: 6,
    ipVersion: 4,
    interface: 'eth7',
    netns: 'ns3',
    direction: 'egress',
    duplicate: false,
    packets: 10,
    bytes: 5000,
    segments: 13,
    ipBytes: 5000 - 10 * 14 - 20,
    wireBytes: 5162,
    tcpFlags: 0b1001_0101,
    syns: 11,
    synAcks: 12,
    fins: 13,
    resets: 14,
    opener: 'source',
    ttl: { minimum: 16, maximum: 17 },
    dscp: 18,
    ceMarks: 15,
  })
  t.true(Math.abs(lastSeen - firstSeen - 1) < 0.001)
})

test('lengths above 2^32 are told, and link headers that are shorter than the first packet’s', (t) => {
  const negative = flowOf(
    {},
    { packets: 3, bytes: 2 ** 40 + 3, extra_link_bytes: 2n ** 64n - 30n, extra_headers: 2 ** 33 },
  )
  t.is(negative.ipBytes, 2 ** 40 + 3 - 3 * 14 + 30)
  t.is(negative.wireBytes, 2 ** 40 + 3 + 2 ** 33)
})

test('who opened the connection is told by SYNs first, then SYN-ACKs, then by whoever listens', (t) => {
  const opener = (change: Entry[1]) => flowOf({}, change).opener
  t.is(opener({ syns: 1, synacks: 1, listener: 1 }), 'source')
  t.is(opener({ synacks: 1, listener: 2 }), 'destination')
  t.is(opener({ listener: 1 }), 'destination')
  t.is(opener({ listener: 2 }), 'source')
  t.is(opener({}), 'unknown')
})

test('ICMP, tunnels, VLANs and fragments are named where there are any', (t) => {
  const named = (change: Entry[0]) => {
    const { icmp, tunnel, vlans, orphan } = flowOf(change)
    return { ...(icmp && { icmp }), ...(tunnel && { tunnel }), ...(vlans && { vlans }), ...(orphan && { orphan }) }
  }
  const icmp = { type: 3, code: 4 }
  t.deepEqual(named({}), {})
  t.deepEqual(named({ protocol: 1, dport: 0x0304 }), { icmp })
  t.deepEqual(named({ protocol: 58, ip_version: 6, dport: 0x0304 }), { icmp })
  t.deepEqual(named({ protocol: 58, dport: 0x0304 }), {})
  t.deepEqual(named({ protocol: 1, ip_version: 6, dport: 0x0304 }), {})
  t.deepEqual(named({ protocol: 1, orphan: 1 }), { orphan: true })
  t.deepEqual(
    [1, 2, 3, 4].map((tunnel) => named({ tunnel, tunnel_id: 2 ** 32 - 1 }).tunnel),
    (['ipip', 'gre', 'vxlan', 'geneve'] as const).map((type) => ({ type, id: 2 ** 32 - 1 })),
  )
  t.deepEqual(named({ vlans: [0x1000, 0] }), { vlans: [0] })
  t.deepEqual(named({ vlans: [0x1fff, 0x1000] }), { vlans: [4095, 0] })
})

test('a flow counts at the first place that saw it, and totals have each once', async (t) => {
  const { flows, totals } = interval([
    [{ ifindex: 2 }, { packets: 5, bytes: 500, extra_segments: 2, first_seen: 1_009_000 }],
    [{ ifindex: 1 }, { packets: 6, bytes: 600, extra_segments: 1, first_seen: 1_001_000 }],
    [
      { ifindex: 1, direction: 1 },
      { packets: 7, first_seen: 1_005_000 },
    ],
    [
      { ifindex: 1, netns: 1 },
      { packets: 8, first_seen: 1_005_000 },
    ],
    [
      { ifindex: 2, sport: 1 },
      { packets: 1, bytes: 10 },
    ],
  ])
  t.deepEqual(
    flows.map(({ duplicate }) => duplicate),
    [true, false, true, true, false],
  )
  t.deepEqual(await totals, { packets: 7, bytes: 610, segments: 8 })
})

test('what tells flows apart but VLANs and place is who they are of', (t) => {
  const others: Entry[0][] = [
    {},
    { sport: 1 },
    { dport: 1 },
    { protocol: 17 },
    { tunnel: 1 },
    { tunnel: 2 },
    { tunnel: 2, tunnel_id: 1 },
    { orphan: 1 },
    { saddr: mapped(192, 0, 2, 3) },
    { daddr: mapped(192, 0, 2, 3) },
    { ip_version: 6 },
  ]
  const duplicates = (entries: readonly Entry[]) => interval(entries).flows.filter(({ duplicate }) => duplicate).length
  t.is(duplicates(others.map((change, ifindex) => [{ ...change, ifindex }])), 0)
  t.is(
    duplicates([
      [{ vlans: [0x1001, 0] }],
      [
        { vlans: [0x1002, 0], ifindex: 2 },
        { first_seen: 2_000_000, last_seen: 2_000_000 },
      ],
    ]),
    1,
  )
})

test('senders without an address are not the same wherever they are seen, those with one are', async (t) => {
  const twice = (saddr: Uint8Array) =>
    interval([[{ saddr, protocol: 17 }], [{ saddr, protocol: 17, ifindex: 2 }, { first_seen: 1_500_000 }]])
  for (const saddr of [mapped(0, 0, 0, 0), ipv6(0, 0)]) {
    const { flows, totals } = twice(saddr)
    t.deepEqual(
      flows.map(({ duplicate }) => duplicate),
      [false, false],
    )
    t.is((await totals).packets, 2)
  }
  for (const saddr of [mapped(0, 0, 0, 1), ipv6(0, 1), ipv6(1, 0), mapped(1, 0, 0, 0)]) {
    t.is((await twice(saddr).totals).packets, 1)
  }
  for (const at of [0, 4, 8, 10, 12, 15]) {
    const { totals } = twice(ipv6(0, 0).map((_, i) => Number(i === at)))
    t.is((await totals).packets, 1)
  }
})

test('the opener of a TCP connection is known of its other direction, in later intervals too, and of no other flow', (t) => {
  const memory = memoryOf()
  const reverse = { saddr: key.daddr, daddr: key.saddr, sport: 443, dport: 40_000, direction: 1 }
  const openers = (...entries: Entry[]) => interval(entries, memory).flows.map(({ opener }) => opener)
  t.deepEqual(openers([reverse], [{}, { syns: 1 }]), ['destination', 'source'])
  t.deepEqual(openers([{}], [reverse]), ['source', 'destination'])
  const inside = { tunnel: 3, tunnel_id: 7 }
  t.deepEqual(openers([{ ...reverse, ...inside }], [inside, { syns: 1 }]), ['destination', 'source'])
  const others = [{ sport: 444 }, { dport: 40_001 }, { saddr: key.saddr }, { tunnel: 1 }, { protocol: 17 }]
  t.deepEqual(
    openers(...others.map((change) => [{ ...reverse, ...change }] as const)),
    others.map(() => 'unknown'),
  )
})

test('each place has what it saw, duplicates and what is in no flow included, and a silent one is not told of', (t) => {
  const { made } = interval([
    [{}, { packets: 5, bytes: 500, extra_segments: 2 }],
    [{ sport: 1 }, { packets: 1, bytes: 10 }],
    [{ ifindex: 2 }, { packets: 6, bytes: 600, first_seen: 1_500_000 }],
  ])
  const none = { packets: 0, bytes: 0, segments: 0 }
  const silent = { nonIp: none, malformed: none, lost: none, filtered: none, unsampled: none }
  const counts = (packets: number) => ({ packets, bytes: 10 * packets, segments: 2 * packets })
  const beside = { nonIp: counts(1), malformed: counts(2), lost: counts(3), filtered: counts(4), unsampled: counts(5) }
  const at = (ifindex: number, egress = false) => ({ netns: 0, ifindex, egress })
  const told = made.interfaces([
    { place: at(1), ...beside },
    { place: at(3), ...silent, filtered: counts(7) },
    { place: at(4), ...silent },
    { place: at(2, true), ...silent, nonIp: counts(1) },
  ])
  const place = (ifindex: number, direction: 'ingress' | 'egress' = 'ingress') => ({
    interface: `eth${ifindex}`,
    netns: 'ns0',
    direction,
  })
  t.deepEqual(told, [
    { ...place(1), packets: 21, bytes: 660, segments: 38, ...beside },
    { ...place(2), packets: 6, bytes: 600, segments: 6, ...silent },
    { ...place(3), ...counts(7), ...silent, filtered: counts(7) },
    { ...place(2, 'egress'), ...counts(1), ...silent, nonIp: counts(1) },
  ])
})

test('packets that a link’s ends alone know are told apart from those that are routed', (t) => {
  const asked: boolean[] = []
  const twice = (change: Entry[0]) => {
    const memory = memoryOf((_from, _to, linkScoped) => asked.push(linkScoped) > 0)
    interval([[change], [{ ...change, ifindex: 2 }]], memory)
    return asked.pop()
  }
  const local = [
    { saddr: ipv6(0xfe, 1).map((byte, i) => (i === 1 ? 0x80 : byte)), ip_version: 6 },
    { daddr: ipv6(0xff, 1).map((byte, i) => (i === 1 ? 0x02 : byte)), ip_version: 6 },
    { saddr: mapped(169, 254, 1, 1) },
    { daddr: mapped(224, 0, 0, 251) },
    { daddr: mapped(255, 255, 255, 255) },
  ]
  const routed = [
    {},
    { saddr: ipv6(0xfd, 1), ip_version: 6 },
    { daddr: ipv6(0xff, 1).map((byte, i) => (i === 1 ? 0x05 : byte)), ip_version: 6 },
    { saddr: mapped(169, 253, 1, 1) },
    { daddr: mapped(224, 0, 1, 1) },
    { daddr: mapped(224, 0, 0, 251), tunnel: 3 },
  ]
  t.deepEqual(local.map(twice), [true, true, true, true, true])
  t.deepEqual(routed.map(twice), [false, false, false, false, false, false])
})

test('a clock that is set between two intervals does not move the place that counts', (t) => {
  const memory = memoryOf()
  const real = binding.clocks
  t.teardown(() => {
    binding.clocks = real
  })
  for (const [i, wall] of [7_200_000n, 0n, 3_600_000n].entries()) {
    binding.clocks = () => ({ wall: wall * 1_000_000n, monotonic: 0n, boot: 0n })
    const times = { first_seen: 1e9 * i, last_seen: 1e9 * i }
    const flows = interval(
      [
        [{}, times],
        [{ ifindex: 2 }, { ...times, first_seen: 1e9 * i + 1000 }],
      ],
      memory,
    ).flows
    t.deepEqual(
      flows.map(({ duplicate }) => duplicate),
      [false, true],
    )
  }
})

test('many flows are settled in turns of the event loop', async (t) => {
  const memory = memoryOf()
  memory.counts = () => {
    // As long as thousands of flows take.
    for (const end = performance.now() + 1; performance.now() < end; );
    return true
  }
  const many = Array.from({ length: 300 }, (_, sport): Entry => [{ sport }, { packets: 1 }])
  let turns = 0
  const tick = setInterval(() => turns++, 1)
  const { totals } = interval(many, memory)
  t.is((await totals).packets, 300)
  clearInterval(tick)
  t.true(turns >= 2, `${turns}`)
})
