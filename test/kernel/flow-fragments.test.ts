import test from 'ava'
import { loadBundled } from '../../lib/monitors/shared/bundled.js'
import { closeRuns, ends, only, run } from '../helpers/flow-runs.js'
import { overIpv4, overIpv6, segment, TCP, UDP, v4, v6 } from '../helpers/packet-samples.js'
import {
  authentication,
  type Bytes,
  ethernet,
  extension,
  fragment,
  icmp,
  ipv4,
  payload,
  tcp,
  tcpFlag,
  udp,
  vlanTag,
} from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

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

test('a later fragment whose first one was not seen is a flow of its own: its ports are not known', async (t) => {
  const orphan = await only(t, [overIpv4(UDP, payload(40), { fragmentOffset: 4, id: 10 })])
  t.is(ends(orphan), v4(UDP, '0 0'))
  t.true(orphan.orphan)
  const { flows } = await run([
    overIpv4(UDP, udp(payload(24), { source: 0, destination: 0, length: 64 }), { moreFragments: true, id: 11 }),
    overIpv4(UDP, payload(40), { fragmentOffset: 4, id: 12 }),
    // Its protocol differs from the first fragment's.
    overIpv4(TCP, payload(40), { fragmentOffset: 4, id: 11 }),
    overIpv6(44, fragment(UDP, payload(40), { offset: 4, id: 11 })),
  ])
  t.deepEqual(
    flows.map((flow) => `${ends(flow)} ${flow.orphan ?? false}`).sort(),
    [`${v4(UDP, '0 0')} false`, `${v4(UDP, '0 0')} true`, `${v4(TCP, '0 0')} true`, `${v6(UDP, '0 0')} true`].sort(),
  )
})

test('what kind of ICMP a later fragment is, is the first one’s to say', async (t) => {
  const first = overIpv4(1, icmp(8, 0, 77, payload(16)), { moreFragments: true, id: 13 })
  const later = overIpv4(1, icmp(0, 0, 5), { fragmentOffset: 3, id: 13 })
  t.deepEqual((await only(t, [first, later])).icmp, { type: 8, code: 0 })
  const orphan = await only(t, [overIpv4(1, icmp(0, 0, 5), { fragmentOffset: 3, id: 14 })])
  t.is(orphan.icmp, undefined)
})

test('a first fragment of IPv4 may end behind its ports, one of IPv6 not before the header does (RFC 8200, 4.5)', async (t) => {
  t.is(ends(await only(t, [overIpv4(TCP, segment.slice(0, 8), { moreFragments: true, id: 15 })])), v4(TCP))
  const cut = [
    overIpv6(44, fragment(TCP, segment.slice(0, 16), { more: true, id: 15 })),
    overIpv6(44, fragment(60, extension(60, []), { more: true, id: 16 })),
    overIpv6(44, fragment(TCP, [], { more: true, id: 17 })),
    overIpv4(TCP, [], { moreFragments: true, id: 16 }),
  ]
  const { malformed, flows } = await run(cut)
  t.is(malformed.packets, cut.length, JSON.stringify(flows))
})

test('a first fragment of IPv4 that ends inside the options of TCP has the flags, and one that ends before them none', async (t) => {
  const whole = tcp(payload(20), { flags: tcpFlag.syn | tcpFlag.ack, options: payload(12, 1) })
  for (const [length, flags] of [
    [32, 0x12],
    [24, 0x12],
    [20, 0x12],
    [16, 0],
    [8, 0],
  ] as const) {
    const first = overIpv4(TCP, whole.slice(0, length), { moreFragments: true, id: 40 + length })
    const flow = await only(t, [first, overIpv4(TCP, payload(8), { fragmentOffset: length / 8, id: 40 + length })])
    t.is(ends(flow), v4(TCP))
    t.deepEqual([flow.tcpFlags, flow.synAcks], [flags, flags === 0 ? 0 : 1], `of ${length} bytes`)
  }
  const { malformed } = await run([overIpv4(TCP, tcp([], { headerWords: 4 }), { moreFragments: true, id: 41 })])
  t.is(malformed.packets, 1)
})

test('lengths that a whole datagram would contradict are those of the datagram that the first fragment is of', async (t) => {
  const [long, covered] = [udp(payload(8), { length: 100 }), udp(payload(8), { length: 50 })]
  t.is(ends(await only(t, [overIpv4(UDP, long, { moreFragments: true, id: 81 })])), v4(UDP))
  t.is(ends(await only(t, [overIpv4(136, covered, { moreFragments: true, id: 82 })])), v4(136))
  t.is(ends(await only(t, [overIpv6(44, fragment(136, covered, { more: true, id: 82 }))])), v6(136))
})

test('a later fragment of IPv4 has no authentication header, even where the first one has', async (t) => {
  const first = overIpv4(51, authentication(UDP, udp(payload(8), { length: 40 })), { moreFragments: true, id: 83 })
  const later = overIpv4(51, payload(24, 0), { fragmentOffset: 5, id: 83 })
  t.is(ends(await only(t, [first, later])), v4(UDP))
})

test('an atomic fragment, of whatever reserved bits, is no fragment of another packet', async (t) => {
  const atomic = overIpv6(44, [TCP, 0xff, 0, 6, 0, 0, 0, 90, ...segment])
  const orphan = overIpv6(44, fragment(TCP, payload(16), { offset: 5, id: 90 }))
  const { flows } = await run([atomic, orphan])
  t.deepEqual(flows.map((flow) => `${ends(flow)} ${flow.orphan ?? false}`).sort(), [
    `${v6(TCP, '0 0')} true`,
    `${v6(TCP)} false`,
  ])
})

test('fragments are told apart by all 32 bits of their identification', async (t) => {
  const first = (id: number, source: number) =>
    overIpv6(44, fragment(UDP, udp(payload(8), { source, length: 40 }), { more: true, id }))
  const later = (id: number) => overIpv6(44, fragment(UDP, payload(24), { offset: 2, id }))
  const { flows } = await run([first(0x0001_0002, 1), first(0x0001_0003, 2), first(0x0101_0002, 3), later(0x0001_0002)])
  t.deepEqual(flows.map(({ sourcePort, packets }) => `${sourcePort} ${packets}`).sort(), ['1 2', '2 1', '3 1'])
})

test('a fragment that ends where the longest packet does is whole, and one byte more is too much', async (t) => {
  const fits = [
    overIpv4(UDP, payload(11), { fragmentOffset: 8188, id: 91 }),
    overIpv4(UDP, payload(7), { fragmentOffset: 8188, id: 91, options: payload(4, 1) }),
  ]
  t.true((await only(t, fits)).orphan)
  t.true((await only(t, [overIpv6(44, fragment(UDP, payload(7), { offset: 8191, id: 91 }))])).orphan)
  const tooLong = [
    overIpv4(UDP, payload(12), { fragmentOffset: 8188, id: 92 }),
    overIpv6(44, fragment(UDP, payload(8), { offset: 8191, id: 92 })),
  ]
  t.is((await run(tooLong)).malformed.packets, 2)
})

test('a fragment that no packet has room for is malformed, and so is one of IPv6 that is no multiple of 8', async (t) => {
  const packets = [
    // The ping of death.
    overIpv4(1, payload(80), { fragmentOffset: 8189, id: 20 }),
    overIpv6(44, fragment(58, payload(80), { offset: 8190, id: 20 })),
    overIpv6(44, fragment(UDP, udp(payload(5)), { more: true, id: 21 })),
    overIpv6(44, fragment(UDP, payload(13), { more: true, offset: 1, id: 21 })),
  ]
  const { malformed, flows } = await run(packets)
  t.is(malformed.packets, packets.length, JSON.stringify(flows))
  t.is(ends(await only(t, [overIpv4(UDP, payload(24), { fragmentOffset: 8184, id: 22 })])), v4(UDP, '0 0'))
})

test('an identification that is used again means the later packet', async (t) => {
  const first = (source: number) =>
    overIpv4(UDP, udp(payload(24), { source, length: 64 }), { moreFragments: true, id: 30 })
  const later = overIpv4(UDP, payload(32), { fragmentOffset: 4, id: 30 })
  const { flows } = await run([first(1), later, first(2), later, later])
  t.deepEqual(flows.map((flow) => `${flow.sourcePort}: ${flow.packets}`).sort(), ['1: 2', '2: 3'])
})

test('overlapping fragments, which may rewrite the header that was seen, are of the first one’s flow', async (t) => {
  const first = overIpv4(TCP, segment, { moreFragments: true, id: 31 })
  const rewriting = overIpv4(TCP, tcp(payload(8), { destination: 22 }).slice(8), {
    moreFragments: true,
    fragmentOffset: 1,
    id: 31,
  })
  t.is(ends(await only(t, [first, rewriting])), v4(TCP))
})

test('the same packet in two VLANs is two packets', async (t) => {
  const tagged = (vlan: number, content: Bytes, options: object) =>
    ethernet('vlan', vlanTag(vlan, 'ipv4', ipv4(content, { protocol: UDP, id: 32, ...options })))
  const first = (source: number) => udp(payload(24), { source, length: 64 })
  const { flows } = await run([
    tagged(1, first(10), { moreFragments: true }),
    tagged(2, first(20), { moreFragments: true }),
    tagged(1, payload(32), { fragmentOffset: 4 }),
    tagged(2, payload(32), { fragmentOffset: 4 }),
    tagged(3, payload(32), { fragmentOffset: 4 }),
  ])
  t.deepEqual(flows.map(({ vlans, sourcePort, packets }) => `${vlans} ${sourcePort} ${packets}`).sort(), [
    '1 10 2',
    '2 20 2',
    '3 0 1',
  ])
})

test('of two fragment headers the one that says more counts', async (t) => {
  const first = overIpv6(44, fragment(44, fragment(UDP, udp(payload(8)), {}), { more: true, id: 33 }))
  const later = overIpv6(44, fragment(44, payload(16), { offset: 3, id: 33 }))
  t.is(ends(await only(t, [first, later])), v6(UDP))
})

test('of two fragment headers that say more the last counts', async (t) => {
  const first = overIpv6(
    44,
    fragment(44, fragment(UDP, udp(payload(8)), { more: true, id: 36 }), { more: true, id: 35 }),
  )
  const later = overIpv6(44, fragment(44, fragment(UDP, payload(16), { offset: 3, id: 36 }), { more: true, id: 37 }))
  t.is(ends(await only(t, [first, later])), v6(UDP))
  t.true((await only(t, [overIpv6(44, fragment(UDP, payload(16), { offset: 3, id: 35 }))])).orphan)
})

test('what follows a later fragment’s header is data, even where its number is an extension header’s', async (t) => {
  const first = overIpv6(44, fragment(0, extension(UDP, udp(payload(8), { length: 40 })), { more: true, id: 34 }))
  const later = overIpv6(44, fragment(0, payload(16, 0xff), { offset: 3, id: 34 }))
  t.is(ends(await only(t, [first, later])), v6(UDP))
})

test('a first fragment speaks for later ones for a while only: its identification is given to another packet', async (t) => {
  const first = overIpv4(UDP, udp(payload(24), { length: 64 }), { moreFragments: true, id: 91 })
  const later = overIpv4(UDP, payload(32), { fragmentOffset: 4, id: 91 })
  for (const [lifetime, orphans] of [
    [30_000_000_000n, [0, 0]],
    [1n, [0, 1]],
  ] as const) {
    using object = await loadBundled('flow', (opened) => {
      opened.globals.fragment_lifetime = lifetime
    })
    const program = object.program('flow_ingress')
    for (const packet of [first, later]) program.run({ data: Uint8Array.from(packet) })
    const table = object.map<{ orphan: number }, { packets: bigint }>('flow_table_a')
    const seen = [...table].flatMap(([{ orphan }, { packets }]) => Array(Number(packets)).fill(orphan))
    t.deepEqual(seen.sort(), orphans)
  }
})
