import test from 'ava'
import type { Flow } from 'ebpf/flows'
import { closeRuns, ends, only, run } from '../helpers/flow-runs.js'
import { datagram, overIpv4, overIpv6, segment, TCP, UDP, v4, v6 } from '../helpers/packet-samples.js'
import {
  authentication,
  type Bytes,
  ethernet,
  extension,
  fragment,
  icmp,
  ipv4,
  ipv6,
  payload,
  sctp,
  tcp,
  tcpFlag,
  udp,
  vlanTag,
} from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

// HOPOPTS 0, ROUTING 43, FRAGMENT 44, AH 51, DSTOPTS 60, MH 135
const filed: readonly [name: string, packet: Bytes, ends: string][] = [
  ['TCP over IPv4', overIpv4(TCP, segment), v4(TCP)],
  ['TCP with options', overIpv4(TCP, tcp(payload(3), { options: payload(12, 1) })), v4(TCP)],
  ['UDP over IPv4', overIpv4(UDP, datagram), v4(UDP)],
  ['IPv4 options', overIpv4(TCP, segment, { options: payload(40, 1) }), v4(TCP)],
  ['IPv4 with an authentication header', overIpv4(51, authentication(TCP, segment)), v4(TCP)],
  ['a frame padded to the Ethernet minimum', [...overIpv4(UDP, udp([1])), ...payload(17, 0)], v4(UDP)],
  ['SCTP', overIpv4(132, sctp(payload(16))), v4(132)],
  ['UDP-Lite', overIpv4(136, udp(payload(10), { length: 8 })), v4(136)],
  ['DCCP', overIpv4(33, sctp([])), v4(33)],
  ['ESP has no ports', overIpv4(50, payload(30)), v4(50, '0 0')],
  ['an echo request', overIpv4(1, icmp(8, 0, 77)), v4(1, '77 2048')],
  ['an echo reply', overIpv4(1, icmp(0, 0, 77)), v4(1, '77 0')],
  ['port unreachable', overIpv4(1, icmp(3, 3, 99, payload(28))), v4(1, '0 771')],
  ['TCP over IPv6', overIpv6(TCP, segment), v6(TCP)],
  ['UDP over IPv6', overIpv6(UDP, datagram), v6(UDP)],
  ['an ICMPv6 echo', overIpv6(58, icmp(128, 0, 5)), v6(58, '5 32768')],
  ['a neighbour solicitation', overIpv6(58, icmp(135, 0, 9, payload(16))), v6(58, '0 34560')],
  ['hop-by-hop options', overIpv6(0, extension(TCP, segment)), v6(TCP)],
  [
    'many extension headers',
    overIpv6(
      0,
      extension(60, extension(43, extension(44, fragment(51, authentication(60, extension(UDP, datagram, 2)), {})), 1)),
    ),
    v6(UDP),
  ],
  ['a fragment header of a whole packet', overIpv6(44, fragment(TCP, segment, {})), v6(TCP)],
  ['no next header', overIpv6(59, []), v6(59, '0 0')],
  ['mobility, of which nothing follows', overIpv6(135, extension(59, [])), v6(135, '0 0')],
  ...Array.from({ length: 11 }, (_, words) => optionsOf(words)),
  // Only the length of the options counts, not their content, as in routers that do not read them.
  ['IPv4 options that are none', overIpv4(TCP, segment, { options: payload(40, 0xff) }), v4(TCP)],
  ['IPv4 flags that say nothing of fragments', overIpv4(TCP, segment, { flags: 6 }), v4(TCP)],
  ['IPv4 without content', overIpv4(253, []), v4(253, '0 0')],
  // Extension headers belong to IPv6: in IPv4 none of them is followed except AH.
  ['a hop-by-hop header over IPv4', overIpv4(0, extension(TCP, segment)), v4(0, '0 0')],
  ['destination options over IPv4', overIpv4(60, extension(TCP, segment)), v4(60, '0 0')],
  ['an authentication header without check value', overIpv4(51, authentication(UDP, datagram, 1)), v4(UDP)],
  ['ESP behind an authentication header', overIpv4(51, authentication(50, payload(20))), v4(50, '0 0')],
  ['a frame padded with what looks like more', [...overIpv4(UDP, udp([1])), ...segment], v4(UDP)],
  ['an IPv6 frame that is padded', [...overIpv6(TCP, segment), ...payload(9)], v6(TCP)],
  ['ports 0', overIpv4(TCP, tcp([], { source: 0, destination: 0 })), v4(TCP, '0 0')],
  ['TCP with every flag', overIpv6(TCP, tcp([], { flags: 0xff })), v6(TCP)],
  ['TCP with no flag', overIpv4(TCP, tcp([], { flags: 0 })), v4(TCP)],
  ['TCP with options as long as can be', overIpv6(TCP, tcp([], { options: payload(40, 1) })), v6(TCP)],
  ['a datagram without content', overIpv4(UDP, udp([])), v4(UDP)],
  // RFC 9868 puts options there.
  ['a UDP length below its room', overIpv4(UDP, udp(payload(20), { length: 12 })), v4(UDP)],
  // RFC 2675, 4: a jumbogram’s.
  ['a UDP length of 0 over IPv6', overIpv6(UDP, udp(payload(4), { length: 0 })), v6(UDP)],
  ['UDP-Lite of which all is covered', overIpv6(136, udp(payload(10), { length: 0 })), v6(136)],
  // The packet that caused the error is its payload.
  ['an ICMP error about TCP', overIpv4(1, icmp(11, 0, 5, ipv4(segment, { protocol: TCP }))), v4(1, '0 2816')],
  ['an ICMPv6 error about TCP', overIpv6(58, icmp(2, 0, 5, ipv6(segment, { nextHeader: TCP }))), v6(58, '0 512')],
  ['an ICMP timestamp', overIpv4(1, icmp(13, 0, 6, payload(12))), v4(1, '6 3328')],
  ['ICMP over IPv6 is not ICMPv6', overIpv6(1, icmp(8, 0, 6)), v6(1, '0 0')],
  ['ICMPv6 over IPv4 is not ICMP', overIpv4(58, icmp(128, 0, 6)), v4(58, '0 0')],
  ['an ICMP timestamp reply', overIpv4(1, icmp(14, 0, 6, payload(12))), v4(1, '6 3584')],
  ['an ICMP address mask request', overIpv4(1, icmp(17, 0, 6, payload(4))), v4(1, '0 4352')],
  ['an ICMPv6 echo reply', overIpv6(58, icmp(129, 0, 5)), v6(58, '5 33024')],
  // If the parser does not read a protocol's header, its length does not matter.
  ['two bytes of ICMP over IPv6', overIpv6(1, [8, 0]), v6(1, '0 0')],
  ['two bytes of ICMPv6 over IPv4', overIpv4(58, [128, 0]), v4(58, '0 0')],
  ['a multicast listener report', overIpv6(0, extension(58, icmp(143, 0, 0, payload(20)))), v6(58, '0 36608')],
  ['IGMP', overIpv4(2, payload(8), { options: [148, 4, 0, 0] }), v4(2, '0 0')],
  ['SCTP over IPv6', overIpv6(132, sctp([])), v6(132)],
  ['DCCP over IPv6', overIpv6(33, sctp([])), v6(33)],
  ['ESP over IPv6 behind destination options', overIpv6(60, extension(50, payload(30))), v6(50, '0 0')],
  ['HIP and Shim6 before a payload', overIpv6(139, extension(140, extension(TCP, segment, 3), 4)), v6(TCP)],
  ['mobility before a payload', overIpv6(135, extension(TCP, segment, 1)), v6(TCP)],
  ['HIP alone', overIpv6(139, extension(59, [], 4)), v6(139, '0 0')],
  ['Shim6 behind a routing header', overIpv6(43, extension(140, extension(59, []), 2)), v6(140, '0 0')],
  // RFC 4727: nobody knows what kind of header those two numbers are.
  ['an experimental header', overIpv6(253, extension(TCP, segment)), v6(253, '0 0')],
  ['no next header, and bytes all the same', overIpv6(59, segment), v6(59, '0 0')],
  ['no next header behind options', overIpv6(60, extension(59, segment)), v6(59, '0 0')],
  ['as many extension headers as are followed', overIpv6(60, nested(16)), v6(TCP)],
  // RFC 6946; the reserved bits are ignored.
  ['an atomic fragment', overIpv6(44, [TCP, 0xff, 0, 6, 1, 2, 3, 4, ...segment]), v6(TCP)],
  ['no option for a jumbogram, and no length', overIpv6(59, segment, { payloadLength: 0 }), v6(59, '0 0')],
]

function optionsOf(words: number): [string, Bytes, string] {
  return [`an IPv4 header of ${words + 5} words`, overIpv4(UDP, datagram, { options: payload(4 * words, 1) }), v4(UDP)]
}

function nested(headers: number): Bytes {
  return Array.from({ length: headers - 1 }).reduce<Bytes>((inner) => extension(60, inner), extension(TCP, segment))
}

for (const [name, packet, expected] of filed) {
  for (const through of ['ingress', 'egress'] as const) {
    test(`${name}, ${through}`, async (t) => {
      const flow = await only(t, [packet], { through })
      t.is(ends(flow), expected)
      t.is(flow.direction, through)
      t.is(flow.segments, 1)
      if (flow.protocol !== TCP) t.deepEqual([flow.tcpFlags, flow.fins, flow.opener], [0, 0, 'unknown'])
    })
  }
}

// The kernel itself refuses to run a program on a frame that ends inside its IP header, but does not look behind a tag.
const malformed: readonly [name: string, packet: Bytes][] = [
  ['an IPv4 header cut short', ethernet('vlan', vlanTag(5, 'ipv4', ipv4([], { protocol: TCP }).slice(0, 19)))],
  ['IPv4 of another version', overIpv4(TCP, segment, { version: 5 })],
  ['IPv4 that is IPv6 by its version', overIpv4(TCP, segment, { version: 6 })],
  ['an IPv4 header of 4 words', overIpv4(TCP, segment, { headerWords: 4 })],
  ['an IPv4 header of 4 words before nothing that is read', overIpv4(253, payload(10), { headerWords: 4 })],
  ['an IPv4 header longer than the packet', overIpv4(TCP, payload(4), { headerWords: 15 })],
  ['an IPv4 length beyond the packet', overIpv4(TCP, segment, { totalLength: 51 })],
  ['an IPv4 length below the header', overIpv4(TCP, segment, { totalLength: 19 })],
  ['an IPv4 length of 0', overIpv4(TCP, segment, { totalLength: 0 })],
  ['TCP cut short', overIpv4(TCP, segment.slice(0, 19))],
  ['a TCP header of 4 words', overIpv4(TCP, tcp(payload(10), { headerWords: 4 }))],
  ['a TCP header longer than the packet', overIpv4(TCP, tcp(payload(3), { headerWords: 15 }))],
  ['UDP cut short', overIpv4(UDP, datagram.slice(0, 7))],
  ['a UDP length beyond the packet', overIpv4(UDP, udp(payload(4), { length: 13 }))],
  ['a UDP length below its header', overIpv4(UDP, udp(payload(4), { length: 7 }))],
  ['a UDP length of 0 over IPv4', overIpv4(UDP, udp(payload(4), { length: 0 }))],
  ['ICMP cut short', overIpv4(1, icmp(8, 0).slice(0, 7))],
  ['SCTP cut short', overIpv4(132, sctp([]).slice(0, 11))],
  ['a first fragment without its ports', overIpv4(UDP, datagram.slice(0, 4), { moreFragments: true })],
  ['an IPv6 header cut short', ethernet('vlan', vlanTag(5, 'ipv6', ipv6([], { nextHeader: TCP }).slice(0, 39)))],
  ['IPv6 of another version', overIpv6(TCP, segment, { version: 4 })],
  ['an IPv6 length beyond the packet', overIpv6(TCP, segment, { payloadLength: 31 })],
  ['an extension header cut short', overIpv6(0, [TCP, 0, 0])],
  ['an extension header longer than the packet', overIpv6(0, [TCP, 9, ...payload(30)])],
  ['more extension headers than anybody sends', overIpv6(60, nested(17))],
  ['a VLAN’s IPv4 cut short', ethernet('vlan', vlanTag(5, 'ipv4', payload(10, 0x45)))],
  ['a VLAN’s IPv4 that is not there', ethernet('vlan', vlanTag(5, 'ipv4', []))],
  // What follows the packet's own end is padding.
  ['TCP that ends in the padding', [...overIpv4(TCP, segment.slice(0, 19)), ...payload(20, 0)]],
  ['IPv6 that ends inside UDP', overIpv6(UDP, datagram, { payloadLength: 7 })],
  ['IPv6 of length 0 with a next header', overIpv6(TCP, segment, { payloadLength: 0 })],
  // RFC 2675, 3: a payload of less than 65,536 bytes must not be a jumbogram.
  ['a jumbogram that is none', overIpv6(0, [TCP, 0, 0xc2, 4, 0, 0, 0, 30, ...segment], { payloadLength: 0 })],
  ['an extension header in the padding', [...overIpv6(60, []), ...extension(TCP, segment)]],
  ['mobility of which nothing follows, in the padding', [...overIpv6(135, []), ...extension(59, [])]],
  [
    'an extension header that ends in the padding',
    [...overIpv6(60, [TCP, 1, ...payload(6, 0)]), ...payload(8), ...segment],
  ],
  ['no more than the promise of options', overIpv6(60, extension(60, []))],
  // RFC 4302, 2: twelve bytes before the check value.
  ['an authentication header too short', overIpv4(51, authentication(TCP, segment, 0))],
  ['an authentication header longer than the packet', overIpv4(51, authentication(TCP, [], 4).slice(0, 20))],
  ['ICMPv6 cut short', overIpv6(58, icmp(128, 0).slice(0, 7))],
  ['DCCP cut short', overIpv6(33, sctp([]).slice(0, 11))],
  ['UDP-Lite cut short', overIpv4(136, datagram.slice(0, 7))],
  // RFC 3828, 3.1: it must be dropped.
  ['a UDP-Lite coverage below the header', overIpv4(136, udp(payload(4), { length: 7 }))],
  ['a UDP-Lite coverage beyond the packet', overIpv4(136, udp(payload(4), { length: 13 }))],
  ['a TCP header without length', overIpv6(TCP, tcp(payload(10), { headerWords: 0 }))],
]

for (const [name, packet] of malformed) {
  test(`malformed: ${name}`, async (t) => {
    const { malformed: counted, flows, totals } = await run([packet])
    t.deepEqual(counted, { packets: 1, bytes: packet.length, segments: 1 })
    t.deepEqual(flows, [])
    t.is(totals.packets, 1)
  })
}

test('what is not IP is counted apart', async (t) => {
  const packets = [
    ethernet(0x0806, payload(28)),
    ethernet(0x88cc, payload(46)),
    ethernet(60, payload(60)),
    ethernet('vlan', vlanTag(1, 0x0806, payload(28))),
    ethernet('vlan', [0]),
    ethernet('vlan', vlanTag(1, 'provider', [])),
    ethernet('ipv4', []).slice(0, 12).concat([0, 0]),
    // Nothing that these carry is the interface's own IP traffic, though some of it is IP.
    ethernet(0x8864, [0x11, 0, 0, 1, 0, 32, 0, 0x21, ...ipv4(segment, { protocol: TCP })]),
    ethernet(0x8847, [0, 0, 0x11, 64, ...ipv4(segment, { protocol: TCP })]),
    ethernet(48, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...ipv4(segment, { protocol: TCP })]),
    ethernet(0x9100, vlanTag(1, 'ipv4', ipv4(segment, { protocol: TCP }))),
    ethernet('bridging', overIpv4(TCP, segment)),
    // A fifth tag.
    ethernet(
      'vlan',
      [1, 2, 3, 4].reduceRight<Bytes>(
        (inner, id) => vlanTag(id, 'vlan', inner),
        vlanTag(5, 'ipv4', ipv4(segment, { protocol: TCP })),
      ),
    ),
  ]
  const { nonIp, flows } = await run(packets)
  t.is(nonIp.packets, packets.length)
  t.deepEqual(flows, [])
})

test('VLANs, one, two of either kind and more, are read and belong to the flow', async (t) => {
  const one = ethernet('vlan', vlanTag(5, 'ipv4', ipv4(segment, { protocol: TCP })))
  const two = ethernet('provider', vlanTag(100, 'vlan', vlanTag(0, 'ipv6', ipv6(segment, { nextHeader: TCP }), 7)))
  const four = ethernet(
    'vlan',
    [1, 2, 3].reduceRight<Bytes>(
      (inner, id) => vlanTag(id, 'vlan', inner),
      vlanTag(4, 'ipv4', ipv4(segment, { protocol: TCP })),
    ),
  )
  const { flows } = await run([one, two, four, overIpv4(TCP, segment)])
  const vlans = flows.map((flow) => `${ends(flow)} ${flow.vlans?.join()}`).sort()
  t.deepEqual(vlans, [`${v6(TCP)} 100,0`, `${v4(TCP)} 1,2`, `${v4(TCP)} 5`, `${v4(TCP)} undefined`].sort())
})

test('the extension headers of IPv6 are passed in every order', async (t) => {
  const wrap: Record<number, (next: number, content: Bytes) => Bytes> = {
    0: (next, content) => extension(next, content, 1),
    43: (next, content) => extension(next, content, 2),
    44: (next, content) => fragment(next, content, {}),
    51: (next, content) => authentication(next, content),
    60: (next, content) => extension(next, content),
  }
  const orders = (kinds: readonly number[]): number[][] =>
    kinds.length === 0
      ? [[]]
      : kinds.flatMap((kind) => orders(kinds.filter((other) => other !== kind)).map((rest) => [kind, ...rest]))
  const packets = orders([0, 43, 44, 51, 60]).map((kinds) => {
    const [next, content] = kinds.reduceRight<[number, Bytes]>(
      ([inner, bytes], kind) => [kind, wrap[kind]?.(inner, bytes) ?? []],
      [UDP, datagram],
    )
    return overIpv6(next, content)
  })
  t.is(packets.length, 120)
  t.is(ends(await only(t, packets)), v6(UDP))
})

test('a VLAN’s priority is not part of its number', async (t) => {
  const tagged = (priority: number, inner: number) =>
    ethernet('provider', vlanTag(5, 'vlan', vlanTag(6, 'ipv4', ipv4(segment, { protocol: TCP }), inner), priority))
  t.deepEqual((await only(t, [tagged(0, 0), tagged(7, 0), tagged(0, 3)])).vlans, [5, 6])
})

test('a priority tag is a VLAN of number 0, and the place of a tag tells flows apart', async (t) => {
  const packet = ipv4(segment, { protocol: TCP })
  const priority = ethernet('vlan', vlanTag(0, 'ipv4', packet, 5))
  t.deepEqual((await only(t, [priority])).vlans, [0])
  const { flows } = await run([
    priority,
    ethernet('vlan', vlanTag(0, 'vlan', vlanTag(7, 'ipv4', packet))),
    ethernet('provider', vlanTag(7, 'provider', vlanTag(0, 'ipv4', packet))),
    ethernet('provider', vlanTag(4095, 'ipv4', packet)),
  ])
  t.deepEqual(flows.map(({ vlans }) => vlans?.join()).sort(), ['0', '0,7', '4095', '7,0'])
})

test('flags, their counts, TTLs, DSCP, marks and lengths add up', async (t) => {
  const packet = (flags: number, options = {}) => overIpv4(TCP, tcp(payload(100), { flags }), options)
  const flow = await only(t, [
    packet(tcpFlag.syn, { ttl: 64 }),
    packet(tcpFlag.syn | tcpFlag.ack, { ttl: 61 }),
    packet(tcpFlag.psh | tcpFlag.ack | tcpFlag.urg, { ttl: 70, tos: (46 << 2) | 3 }),
    [...packet(tcpFlag.fin | tcpFlag.ack, { tos: 10 << 2 }), ...payload(5, 0)],
    packet(tcpFlag.rst),
  ])
  t.is(flow.tcpFlags, 0x3f)
  t.deepEqual([flow.syns, flow.synAcks, flow.fins, flow.resets], [1, 1, 1, 1])
  t.deepEqual(flow.ttl, { minimum: 61, maximum: 70 })
  t.is(flow.dscp, 0)
  t.is(flow.ceMarks, 1)
  t.is(flow.bytes, 5 * 154 + 5)
  t.is(flow.ipBytes, 5 * 140)
  t.is(flow.wireBytes, flow.bytes)
  t.is(flow.opener, 'source')
})

for (const [name, over] of [
  ['read in place', {}],
  ['behind IPv4 options', { options: payload(8, 1) }],
] as const) {
  test(`each flag of TCP is told, of a flow’s first packet and of a later one: ${name}`, async (t) => {
    const packet = (flags: number) => overIpv4(TCP, tcp([], { flags }), over)
    for (let flags = 1; flags < 256; flags <<= 1) {
      const once = await only(t, [packet(flags)])
      t.is(once.tcpFlags, flags)
      const counts = ({ syns, synAcks, fins, resets }: Flow) => [syns, synAcks, fins, resets]
      const counted = [flags === tcpFlag.syn, false, flags === tcpFlag.fin, flags === tcpFlag.rst].map(Number)
      t.deepEqual(counts(once), counted)
      const more = await only(t, [packet(0), packet(flags), packet(flags)])
      t.is(more.tcpFlags, flags)
      t.deepEqual(
        counts(more),
        counted.map((count) => 2 * count),
      )
    }
    const synAck = tcpFlag.syn | tcpFlag.ack
    const answer = await only(t, [packet(synAck)])
    t.deepEqual([answer.syns, answer.synAcks, answer.opener], [0, 1, 'destination'])
    const again = await only(t, [packet(0), packet(synAck), packet(synAck), packet(tcpFlag.syn)])
    t.deepEqual([again.syns, again.synAcks], [1, 2])
  })
}

test('of ECN only Congestion Experienced is a mark', async (t) => {
  const packet = (tos: number) => overIpv4(TCP, segment, { tos })
  t.is((await only(t, [packet(3), packet(0), packet(1), packet(2), packet(3), packet(3)])).ceMarks, 3)
  t.is((await only(t, [packet(2), packet(1)])).ceMarks, 0)
  t.is((await only(t, [packet(1), packet(2)])).ceMarks, 0)
})

test('the latest DSCP and the extreme TTLs are told, whichever packet has them', async (t) => {
  const packet = (ttl: number, dscp: number) => overIpv4(TCP, segment, { ttl, tos: dscp << 2 })
  const falling = await only(t, [packet(255, 63), packet(7, 1)])
  t.deepEqual([falling.ttl, falling.dscp], [{ minimum: 7, maximum: 255 }, 1])
  const rising = await only(t, [packet(0, 5), packet(9, 46), packet(3, 46)])
  t.deepEqual([rising.ttl, rising.dscp], [{ minimum: 0, maximum: 9 }, 46])
})

test('bytes of IP are the packets’ own, whichever of them are padded and tagged', async (t) => {
  const packet = overIpv4(TCP, segment)
  const padded = [...packet, ...payload(30, 0)]
  t.is((await only(t, [padded, packet, packet])).ipBytes, 3 * 50)
  t.is((await only(t, [packet, padded, padded])).ipBytes, 3 * 50)
  t.is((await only(t, [packet, overIpv4(TCP, segment, { options: payload(40, 1) })])).ipBytes, 50 + 90)
  const withOptions = [...overIpv4(TCP, segment, { options: payload(8, 1) }), ...payload(7)]
  t.is((await only(t, [withOptions, withOptions])).ipBytes, 2 * 58)
  const six = overIpv6(TCP, segment)
  t.is((await only(t, [[...six, ...payload(9)], six])).ipBytes, 2 * 70)
})

test('flows have the times of their own packets, to the microsecond where they begin, and end after they begin', async (t) => {
  const packets = Array.from({ length: 300 }, (_, i) => overIpv4(UDP, udp([], { source: 1 + i })))
  const start = performance.now()
  const { flows } = await run(packets.flatMap((packet) => [packet, packet, packet]))
  const took = performance.now() - start
  const begun = flows.map(({ firstSeen }) => firstSeen)
  t.is(new Set(begun).size, packets.length)
  t.true(Math.max(...begun) - Math.min(...begun) <= took)
  t.true(flows.every(({ firstSeen, lastSeen }) => firstSeen <= lastSeen && lastSeen - firstSeen <= took))
})

test('a flow was last seen at its latest packet, but for some ticks of the kernel', async (t) => {
  // A tick is at most 10 ms; an emulated machine may miss some.
  const ticks = 50
  let idle = 0
  function* packets() {
    yield overIpv4(TCP, segment)
    const start = performance.now()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * ticks)
    idle = performance.now() - start
    yield overIpv4(TCP, segment)
  }
  const { flows } = await run(packets())
  const [flow] = flows
  t.is(flow?.packets, 2)
  const between = (flow?.lastSeen ?? 0) - (flow?.firstSeen ?? 0)
  t.true(between >= idle - ticks, `${between} ms, not ${idle}`)
})

test('the traffic class of IPv6 is read', async (t) => {
  const flow = await only(t, [overIpv6(TCP, segment, { trafficClass: (10 << 2) | 3, hopLimit: 3 })])
  t.is(flow.dscp, 10)
  t.is(flow.ceMarks, 1)
  t.deepEqual(flow.ttl, { minimum: 3, maximum: 3 })
})
