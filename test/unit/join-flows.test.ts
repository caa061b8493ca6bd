import test from 'ava'
import { joinFlows } from 'ebpf/flows'
import { back, flow } from '../helpers/monitor-samples.js'

const ends = ({
  sourceAddress,
  sourcePort,
  destinationAddress,
  destinationPort,
}: ReturnType<typeof joinFlows>[number]) => `${sourceAddress}:${sourcePort} ${destinationAddress}:${destinationPort}`

test('both directions are one, from the end that opened it', (t) => {
  const there = flow({ opener: 'source', firstSeen: 500 })
  const andBack = back({ opener: 'destination', bytes: 1000, lastSeen: 3000 })
  for (const flows of [
    [there, andBack],
    [andBack, there],
  ]) {
    const [joined, ...rest] = joinFlows(flows)
    t.deepEqual(rest, [])
    t.is(ends(joined as never), '192.0.2.1:40000 192.0.2.2:443')
    t.like(joined, { opener: 'source', packets: 2, bytes: 1100, segments: 4, ipBytes: 172, wireBytes: 308 })
    t.like(joined, { firstSeen: 500, lastSeen: 3000, forward: [there], reverse: [andBack] })
  }
})

test('of one direction alone it is known who opened it, too', (t) => {
  const [joined] = joinFlows([back({ opener: 'destination' })])
  t.is(ends(joined as never), '192.0.2.1:40000 192.0.2.2:443')
  t.is(joined?.forward.length, 0)
})

test('where nobody knows who opened it, who sent first is the source', (t) => {
  const [joined] = joinFlows([flow({ firstSeen: 20 }), back({ firstSeen: 10 })])
  t.is(ends(joined as never), '192.0.2.2:443 192.0.2.1:40000')
  t.is(joined?.opener, 'unknown')
})

test('duplicates are left out, and records of several VLANs are summed', (t) => {
  const flows = [flow({ vlans: [1] }), flow({ vlans: [2] }), flow({ interface: 'br0', duplicate: true }), back({})]
  const [joined, ...rest] = joinFlows(flows)
  t.deepEqual(rest, [])
  t.is(joined?.packets, 3)
  t.is(joined?.forward.length, 2)
})

test('other ports, protocols and tunnels are other flows', (t) => {
  const tunnel = { type: 'vxlan', id: 7 } as const
  const flows = [flow({}), back({ sourcePort: 80 }), flow({ protocol: 17 }), flow({ tunnel }), back({ tunnel })]
  t.is(joinFlows(flows).length, 4)
})

for (const [name, request, reply, ipVersion] of [
  ['ICMP', 8, 0, 4],
  ['ICMPv6', 128, 129, 6],
] as const) {
  test(`an ${name} echo and its replies are one, other messages by themselves`, (t) => {
    const message = (make: typeof back, type: number, id: number) =>
      make({
        protocol: ipVersion === 4 ? 1 : 58,
        ipVersion,
        icmp: { type, code: 0 },
        sourcePort: id,
        destinationPort: type << 8,
        firstSeen: type === request ? 1 : 2,
      })
    const joined = joinFlows([message(back, reply, 7), message(flow, request, 7), message(flow, request, 8)])
    t.deepEqual(
      joined.map(({ packets, sourceAddress, icmp }) => [packets, sourceAddress, icmp?.type]),
      [
        [2, '192.0.2.1', request],
        [1, '192.0.2.1', request],
      ],
    )
    t.is(joinFlows([message(flow, 3, 0), message(back, 3, 0)]).length, 2)
  })
}

test('fragments without ports stay so, and messages of other types are others', (t) => {
  const [fragments] = joinFlows([flow({ protocol: 17, sourcePort: 0, destinationPort: 0, orphan: true })])
  t.true(fragments?.orphan)
  const message = (type: number, code: number) =>
    flow({ protocol: 1, icmp: { type, code }, sourcePort: 0, destinationPort: (type << 8) | code })
  t.deepEqual(
    joinFlows([message(3, 1), message(3, 4), message(11, 0), message(3, 1)]).map(({ packets, icmp }) => [
      packets,
      icmp,
    ]),
    [
      [2, { type: 3, code: 1 }],
      [1, { type: 3, code: 4 }],
      [1, { type: 11, code: 0 }],
    ],
  )
})

for (const [reply, request] of [
  [0, 8],
  [129, 128],
] as const) {
  test(`of a reply alone that another end asked for the request is told: type ${reply}`, (t) => {
    const change = { protocol: reply === 0 ? 1 : 58, icmp: { type: reply, code: 0 }, sourcePort: 7 }
    const [joined] = joinFlows([back({ ...change, destinationPort: reply << 8, opener: 'destination' })])
    t.like(joined, {
      sourceAddress: '192.0.2.1',
      sourcePort: 7,
      destinationAddress: '192.0.2.2',
      destinationPort: request << 8,
      icmp: { type: request, code: 0 },
    })
  })
}
