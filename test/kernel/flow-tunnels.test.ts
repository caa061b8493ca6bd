import { endianness } from 'node:os'
import test from 'ava'
import type { Flow, FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, ends, only, run } from '../helpers/flow-runs.js'
import { datagram, overIpv4, overIpv6, segment, TCP, UDP, v4, v6 } from '../helpers/packet-samples.js'
import {
  type Bytes,
  ethernet,
  geneve,
  gre,
  icmp,
  ipv4,
  ipv6,
  payload,
  udp,
  vlanTag,
  vxlan,
} from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

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
    'GRE with a checksum',
    overIpv4(47, gre('ipv4', inner4, { checksum: true })),
    v4(47, '0 0'),
    innerTcp,
    { type: 'gre', id: 0 },
  ],
  ['GRE with a key', overIpv4(47, gre('ipv4', inner4, { key: 1 })), v4(47, '0 0'), innerTcp, { type: 'gre', id: 1 }],
  [
    'GRE with a number',
    overIpv6(47, gre('ipv6', inner6, { sequence: true })),
    v6(47, '0 0'),
    innerUdp,
    { type: 'gre', id: 0 },
  ],
  ['6in6', overIpv6(41, inner6), v6(41, '0 0'), innerUdp, { type: 'ipip', id: 0 }],
  [
    'Geneve without a frame',
    overIpv4(UDP, udp(geneve(1, 'ipv6', inner6), { destination: 6081 })),
    v4(UDP, '1111 6081'),
    innerUdp,
    { type: 'geneve', id: 1 },
  ],
  [
    'Geneve with options as long as can be',
    overIpv4(UDP, udp(geneve(0xffffff, 'ipv4', inner4, payload(252)), { destination: 6081 })),
    v4(UDP, '1111 6081'),
    innerTcp,
    { type: 'geneve', id: 0xffffff },
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

const inAnother = (content: Bytes) => ipv4(content, { protocol: 4, source: '10.9.9.9' })

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
    overIpv4(UDP, udp(vxlan(1, []), { destination: 4789 })),
    overIpv4(UDP, udp(geneve(1, 'bridging', [], payload(4)).slice(0, 10), { destination: 6081 })),
  ]
  const { malformed: counted, flows } = await run(cut, options)
  t.is(counted.packets, cut.length, JSON.stringify(flows))
})

test('an inner frame that ends in the padding of the outer packet is malformed', async (t) => {
  /** The outer packet ends after this many bytes of the frame; the rest is padding. */
  const padded = (frame: Bytes, bytes: number) =>
    overIpv4(UDP, udp(vxlan(1, frame), { destination: 4789, length: 16 + bytes }), { totalLength: 36 + bytes })
  const plain = ethernet('ipv4', inner4)
  const tagged = ethernet('vlan', vlanTag(3, 'ipv4', inner4))
  for (const [frame, lengths] of [
    [plain, [1, 13, 14, 33]],
    [tagged, [13, 14, 17, 18, 37]],
  ] as const) {
    for (const bytes of lengths) {
      const { malformed: counted, flows } = await run([padded(frame, bytes)], { tunnels: 'inner' })
      t.deepEqual([counted.packets, flows], [1, []], `${bytes} of ${frame.length} bytes`)
    }
    t.is(ends(await only(t, [padded(frame, frame.length)], { tunnels: 'inner' })), innerTcp)
  }
  const cut = [
    overIpv4(47, gre('ipv4', inner4), { totalLength: 23 }),
    overIpv4(47, gre('ipv4', inner4, { key: 1 }), { totalLength: 24 }),
    overIpv4(UDP, udp(geneve(1, 'ipv4', inner4, payload(8)), { destination: 6081, length: 20 }), { totalLength: 40 }),
  ]
  const { malformed: counted, flows } = await run(cut, { tunnels: 'inner' })
  t.deepEqual([counted.packets, flows], [cut.length, []])
})

test('tunnels are opened two deep', async (t) => {
  const options: FlowMonitorOptions = { tunnels: 'inner' }
  const two = await only(t, [overIpv4(4, inAnother(inner4))], options)
  t.is(ends(two), innerTcp)
  const three = await only(t, [overIpv4(4, inAnother(inAnother(inner4)))], options)
  t.is(ends(three), '4 10.9.9.9 0 192.0.2.2 0')
})

test('what is no encapsulation that is known is filed by its outer packet', async (t) => {
  const options: FlowMonitorOptions = { tunnels: 'inner' }
  const toPort = (destination: number, content: Bytes) => overIpv4(UDP, udp(content, { destination }))
  const outer: readonly [packet: Bytes, ends: string][] = [
    // PPTP (RFC 2637): version 1, PPP, its key is a length and a call.
    [overIpv4(47, [0x30, 1, 0x88, 0x0b, 0, 4, 0, 1, 0, 0, 0, 1, 0xff, 3, 0, 0x21]), v4(47, '0 0')],
    // The same version, whatever it claims to carry.
    [overIpv4(47, [0, 1, 8, 0, ...inner4]), v4(47, '0 0')],
    // RFC 1701’s source routes.
    [overIpv4(47, [0x40, 0, 8, 0, 0, 0, 0, 0, ...inner4]), v4(47, '0 0')],
    // ERSPAN II: the mirrored frame is not this host's traffic in a tunnel.
    [overIpv4(47, [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, ...payload(8, 0), ...ethernet('ipv4', inner4)]), v4(47, '0 0')],
    [overIpv4(47, gre('vlan', vlanTag(1, 'ipv4', inner4))), v4(47, '0 0')],
    [
      toPort(
        6081,
        geneve(1, 'bridging', ethernet('ipv4', inner4)).map((byte, i) => (i === 0 ? 0x40 : byte)),
      ),
      v4(UDP, '1111 6081'),
    ],
    [toPort(6081, payload(7)), v4(UDP, '1111 6081')],
    [toPort(4789, payload(7, 8)), v4(UDP, '1111 4789')],
    // The missing part of the header is in the padding, not in the datagram.
    [
      overIpv4(UDP, udp(vxlan(1, ethernet('ipv4', inner4)), { destination: 4789, length: 15 }), { totalLength: 35 }),
      v4(UDP, '1111 4789'),
    ],
    [overIpv4(UDP, udp(vxlan(1, ethernet('ipv4', inner4)), { source: 4789, destination: 9 })), v4(UDP, '4789 9')],
    [overIpv4(1, icmp(3, 0, 0, ipv4(gre('ipv4', inner4), { protocol: 47 }))), v4(1, '0 768')],
  ]
  for (const [packet, expected] of outer) {
    const flow = await only(t, [packet], options)
    t.is(ends(flow), expected)
    t.is(flow.tunnel, undefined)
  }
})

test('a fragment of a tunnel’s packet is filed by its outer packet, and a fragment inside by its own ports', async (t) => {
  const options: FlowMonitorOptions = { tunnels: 'inner' }
  const carried = ipv4(udp(payload(24), { length: 64 }), {
    protocol: UDP,
    source: '10.0.0.1',
    moreFragments: true,
    id: 5,
  })
  const rest = ipv4(payload(32), { protocol: UDP, source: '10.0.0.1', fragmentOffset: 4, id: 5 })
  t.is(ends(await only(t, [overIpv4(4, carried), overIpv4(4, rest)], options)), '17 10.0.0.1 1111 192.0.2.2 2222')
  t.true((await only(t, [overIpv4(47, gre('ipv4', rest, { key: 5 }))], options)).orphan)
  const outer = overIpv4(4, inner4.slice(0, 32), { moreFragments: true, id: 6 })
  t.is(ends(await only(t, [outer, overIpv4(4, inner4.slice(32), { fragmentOffset: 4, id: 6 })], options)), v4(4, '0 0'))
})

test('each segment of a tunnel’s GSO packet has the headers of both', async (t) => {
  // struct __sk_buff, which grows between versions: gso_segs
  const context = new Uint8Array(256)
  new DataView(context.buffer).setUint32(164, 10, endianness() === 'LE')
  const frame = ethernet('ipv4', ipv4(segment, { protocol: TCP }))
  const packet = overIpv4(UDP, udp(vxlan(1, frame), { destination: 4789 }))
  const headers = 14 + 20 + 8 + 8 + 14 + 20 + 20
  for (const tunnels of ['outer', 'inner'] as const) {
    const flow = await only(t, [packet], { tunnels, context })
    t.is(flow.segments, 10)
    t.is(flow.wireBytes, packet.length + 9 * headers)
    t.is(flow.tunnel?.type, tunnels === 'inner' ? 'vxlan' : undefined)
  }
  const plain = await only(t, [frame], { context })
  t.is(plain.wireBytes, frame.length + 9 * (14 + 20 + 20))
})
