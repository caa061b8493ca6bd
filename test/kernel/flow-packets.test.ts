import test from 'ava'
import { type Flow, FlowMonitor, type FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, ends, only, run } from '../helpers/flow-runs.js'
import {
  authentication,
  type Bytes,
  ethernet,
  extension,
  fragment,
  geneve,
  gre,
  icmp,
  ipv4,
  ipv6,
  payload,
  sctp,
  tcp,
  tcpFlag,
  udp,
  vlanTag,
  vxlan,
} from '../helpers/packets.js'
import '../helpers/no-leaks.js'

const TCP = 6
const UDP = 17

test.after.always(closeRuns)

const v4 = (protocol: number, ports = '1111 2222') => {
  const [source, destination] = ports.split(' ')
  return `${protocol} 192.0.2.1 ${source} 192.0.2.2 ${destination}`
}
const v6 = (protocol: number, ports = '1111 2222') => v4(protocol, ports).replaceAll('192.0.2.', '2001:db8::')

const overIpv4 = (protocol: number, content: Bytes, options = {}) =>
  ethernet('ipv4', ipv4(content, { protocol, ...options }))
const overIpv6 = (nextHeader: number, content: Bytes, options = {}) =>
  ethernet('ipv6', ipv6(content, { nextHeader, ...options }))

const segment = tcp(payload(10))
const datagram = udp(payload(10))

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
]

for (const [name, packet, expected] of filed) {
  for (const through of ['ingress', 'egress'] as const) {
    test(`${name}, ${through}`, async (t) => {
      const flow = await only(t, [packet], { through })
      t.is(ends(flow), expected)
      t.is(flow.direction, through)
      t.is(flow.segments, 1)
    })
  }
}

// The kernel itself refuses to run a program on a frame that ends inside its IP header; behind a tag it does not look.
const malformed: readonly [name: string, packet: Bytes][] = [
  ['an IPv4 header cut short', ethernet('vlan', vlanTag(5, 'ipv4', ipv4([], { protocol: TCP }).slice(0, 19)))],
  ['IPv4 of another version', overIpv4(TCP, segment, { version: 5 })],
  ['IPv4 that is IPv6 by its version', overIpv4(TCP, segment, { version: 6 })],
  ['an IPv4 header of 4 words', overIpv4(TCP, segment, { headerWords: 4 })],
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
  [
    'more extension headers than anybody sends',
    overIpv6(
      60,
      Array.from({ length: 17 }).reduce<Bytes>((inner) => extension(60, inner), extension(TCP, segment)),
    ),
  ],
  ['a VLAN’s IPv4 cut short', ethernet('vlan', vlanTag(5, 'ipv4', payload(10, 0x45)))],
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
  ]
  const { nonIp, flows } = await run(packets)
  t.is(nonIp.packets, packets.length)
  t.deepEqual(flows, [])
})

test('fragments of IPv4 are filed by their first one', async (t) => {
  const first = overIpv4(UDP, udp(payload(24), { length: 108 }), { moreFragments: true, id: 9 })
  const later = overIpv4(UDP, payload(40), { moreFragments: true, fragmentOffset: 4, id: 9 })
  const last = overIpv4(UDP, payload(36), { fragmentOffset: 9, id: 9 })
  t.is(ends(await only(t, [first, later, last])), v4(UDP))
})

test('fragments of IPv6 are filed by their first one, whose extension headers alone say the protocol', async (t) => {
  const first = overIpv6(44, fragment(60, extension(UDP, udp(payload(8), { length: 116 })), { more: true }))
  const later = overIpv6(44, fragment(60, payload(40), { offset: 3, more: true }))
  const last = overIpv6(0, extension(44, fragment(60, payload(60), { offset: 8 })))
  t.is(ends(await only(t, [first, later, last])), v6(UDP))
})

test('a later fragment whose first one was not seen has no ports, and is counted', async (t) => {
  t.is(ends(await only(t, [overIpv4(UDP, payload(40), { fragmentOffset: 4, id: 10 })])), v4(UDP, '0 0'))
  const another = await run([
    overIpv4(UDP, udp(payload(24), { length: 64 }), { moreFragments: true, id: 9 }),
    overIpv4(UDP, payload(40), { fragmentOffset: 4, id: 10 }),
    overIpv4(TCP, payload(40), { fragmentOffset: 4, id: 9 }),
  ])
  t.deepEqual(another.flows.map(ends).sort(), [v4(TCP, '0 0'), v4(UDP, '0 0'), v4(UDP)].sort())
})

test('a first fragment may end inside the TCP header', async (t) => {
  t.is(ends(await only(t, [overIpv4(TCP, segment.slice(0, 8), { moreFragments: true })])), v4(TCP))
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

test('the traffic class of IPv6 is read', async (t) => {
  const flow = await only(t, [overIpv6(TCP, segment, { trafficClass: (10 << 2) | 3, hopLimit: 3 })])
  t.is(flow.dscp, 10)
  t.is(flow.ceMarks, 1)
  t.deepEqual(flow.ttl, { minimum: 3, maximum: 3 })
})

const inner4 = ipv4(segment, { protocol: TCP, source: '10.0.0.1', destination: '10.0.0.2' })
const inner6 = ipv6(datagram, { nextHeader: UDP, source: 'fd00::1', destination: 'fd00::2' })
const innerTcp = '6 10.0.0.1 1111 10.0.0.2 2222'
const innerUdp = '17 fd00::1 1111 fd00::2 2222'

const tunnelled: readonly [name: string, packet: Bytes, outer: string, inner: string, tunnel: Flow['tunnel']][] = [
  ['IPIP', overIpv4(4, inner4), v4(4, '0 0'), innerTcp, { type: 'ipip', id: 0 }],
  ['6in4', overIpv4(41, inner6), v4(41, '0 0'), innerUdp, { type: 'ipip', id: 0 }],
  ['4in6', overIpv6(4, inner4), v6(4, '0 0'), innerTcp, { type: 'ipip', id: 0 }],
  ['GRE', overIpv4(47, gre('ipv4', inner4)), v4(47, '0 0'), innerTcp, { type: 'gre', id: 0 }],
  [
    'GRE with a key, a checksum and a number',
    overIpv4(47, gre('ipv6', inner6, { key: 0xdeadbeef, checksum: true, sequence: true })),
    v4(47, '0 0'),
    innerUdp,
    { type: 'gre', id: 0xdeadbeef },
  ],
  [
    'GRE with a frame',
    overIpv6(47, gre('bridging', ethernet('ipv4', inner4))),
    v6(47, '0 0'),
    innerTcp,
    { type: 'gre', id: 0 },
  ],
  [
    'VXLAN',
    overIpv4(UDP, udp(vxlan(0xabcdef, ethernet('ipv4', inner4)), { destination: 4789 })),
    v4(UDP, '1111 4789'),
    innerTcp,
    { type: 'vxlan', id: 0xabcdef },
  ],
  [
    'VXLAN of Linux’s port, with a VLAN inside',
    overIpv6(UDP, udp(vxlan(7, ethernet('vlan', vlanTag(3, 'ipv6', inner6))), { destination: 8472 })),
    v6(UDP, '1111 8472'),
    innerUdp,
    { type: 'vxlan', id: 7 },
  ],
  [
    'Geneve with options',
    overIpv4(UDP, udp(geneve(9, 'bridging', ethernet('ipv4', inner4), payload(12)), { destination: 6081 })),
    v4(UDP, '1111 6081'),
    innerTcp,
    { type: 'geneve', id: 9 },
  ],
  [
    'VXLAN in GRE',
    overIpv4(47, gre('ipv4', ipv4(udp(vxlan(5, ethernet('ipv4', inner4)), { destination: 4789 }), { protocol: UDP }))),
    v4(47, '0 0'),
    innerTcp,
    { type: 'vxlan', id: 5 },
  ],
]

for (const [name, packet, outer, inner, tunnel] of tunnelled) {
  test(`${name}: the outer packet, and the inner one on request`, async (t) => {
    const without = await only(t, [packet])
    t.is(ends(without), outer)
    t.is(without.tunnel, undefined)
    const within = await only(t, [packet], { tunnels: 'inner' })
    t.is(ends(within), inner)
    t.deepEqual(within.tunnel, tunnel)
    t.is(within.ipBytes, packet.length - 14)
  })
}

test('a tunnel that carries no IP is filed by its outer packet, one that is cut short is malformed', async (t) => {
  const options: FlowMonitorOptions = { tunnels: 'inner' }
  const arp = overIpv4(UDP, udp(vxlan(1, ethernet(0x0806, payload(28))), { destination: 4789 }))
  const flow = await only(t, [arp], options)
  t.is(ends(flow), v4(UDP, '1111 4789'))
  t.is(flow.tunnel, undefined)
  const noVni = overIpv4(UDP, udp(vxlan(1, ethernet('ipv4', inner4), 0), { destination: 4789 }))
  t.is(ends(await only(t, [noVni], options)), v4(UDP, '1111 4789'))
  const cut = [
    overIpv4(4, inner4.slice(0, 30)),
    overIpv4(47, gre('ipv4', [])),
    overIpv4(UDP, udp(vxlan(1, payload(13)), { destination: 4789 })),
    overIpv4(UDP, udp(geneve(1, 'bridging', [], payload(4)).slice(0, 10), { destination: 6081 })),
  ]
  const { malformed: counted, flows } = await run(cut, options)
  t.is(counted.packets, cut.length, JSON.stringify(flows))
})

test('only what the filter asks for is filed, the rest is counted', async (t) => {
  const from = (source: string, destination: string, ports = {}) =>
    overIpv4(TCP, tcp([], ports), { source, destination })
  const packets = [
    from('10.1.0.1', '10.2.0.1'),
    from('10.1.2.3', '10.2.0.1'),
    from('10.2.0.1', '192.0.2.1'),
    from('192.0.2.1', '10.1.2.3', { source: 80 }),
    overIpv4(UDP, datagram, { source: '10.1.0.1', destination: '10.2.0.1' }),
    overIpv4(1, icmp(8, 0, 80), { source: '10.1.0.1', destination: '10.2.0.1' }),
    overIpv6(TCP, segment),
    ethernet(0x0806, payload(28)),
  ]
  const passing = async (filter: FlowMonitorOptions['filter']) => {
    const { flows, filtered, nonIp } = await run(packets, filter ? { filter } : {})
    t.is(flows.length + filtered.packets + nonIp.packets, packets.length)
    t.is(nonIp.packets, 1)
    return flows.map(({ sourceAddress, protocol }) => `${protocol} ${sourceAddress}`).sort()
  }
  t.deepEqual(await passing({ addresses: ['10.1.0.0/16'] }), [
    '1 10.1.0.1',
    '17 10.1.0.1',
    '6 10.1.0.1',
    '6 10.1.2.3',
    '6 192.0.2.1',
  ])
  t.deepEqual(await passing({ addresses: ['10.1.0.0/16'], exclude: { addresses: ['10.1.2.0/24'] } }), [
    '1 10.1.0.1',
    '17 10.1.0.1',
    '6 10.1.0.1',
  ])
  t.deepEqual(await passing({ sourceAddresses: ['10.0.0.0/8'], destinationAddresses: ['192.0.2.1'] }), ['6 10.2.0.1'])
  t.deepEqual(await passing({ addresses: ['::/0'] }), ['6 2001:db8::1'])
  t.deepEqual(await passing({ ports: ['79-81'] }), ['6 192.0.2.1'])
  t.deepEqual(await passing({ sourcePorts: [80], destinationPorts: [81] }), [])
  t.deepEqual(await passing({ protocols: ['udp', 1] }), ['1 10.1.0.1', '17 10.1.0.1'])
  t.deepEqual(await passing({ protocols: ['TCP'], exclude: { ports: [80], addresses: ['0.0.0.0/0'] } }), [
    '6 2001:db8::1',
  ])
})

for (const [filter, value] of [
  [{ addresses: ['10.0.0.1/8'] }, '10.0.0.1/8'],
  [{ addresses: ['10.0.0.0/33'] }, '10.0.0.0/33'],
  [{ addresses: ['example.org'] }, 'example.org'],
  [{ ports: [65_536] }, '65536'],
  [{ ports: ['90-80'] }, '90-80'],
  [{ protocols: ['tpc'] }, 'tpc'],
  [{ protocols: [256] }, '256'],
  [{ direction: 'up' }, 'up'],
] as const) {
  test(`a filter of ${value} is refused`, async (t) => {
    await t.throwsAsync(FlowMonitor.open({ interfaces: ['lo'], filter: filter as never }), {
      instanceOf: RangeError,
      message: new RegExp(value),
    })
  })
}

test('sampling says so, and what it passed over is counted', async (t) => {
  const packets = new Array<Bytes>(400).fill(overIpv4(TCP, segment))
  const { flows, unsampled, sampling, totals } = await run(packets, { sampling: 4 })
  t.is(sampling, 4)
  const seen = flows.reduce((sum, flow) => sum + flow.packets, 0)
  t.is(seen + unsampled.packets, packets.length)
  t.true(seen > 40 && seen < 200, `${seen} of 400`)
  t.is(totals.packets, seen)
})
