import test, { type ExecutionContext } from 'ava'
import { type FlowFilter, FlowMonitor, type FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, ends, run } from '../helpers/flow-runs.js'
import { datagram, overIpv4, overIpv6, segment, TCP, UDP, v4, v6 } from '../helpers/packet-samples.js'
import { type Bytes, ethernet, icmp, payload, sctp, tcp } from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

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

/** A TCP packet by its ends, written as `ends` writes those of a flow. */
function packetOf(text: string): Bytes {
  const [, source = '', sourcePort, destination = '', destinationPort] = text.split(' ')
  const content = tcp([], { source: Number(sourcePort), destination: Number(destinationPort) })
  return (source.includes(':') ? overIpv6 : overIpv4)(TCP, content, { source, destination })
}

/** Which of these packets are filed. Asserts that the others are counted as filtered, and in nothing else. */
async function passing(t: ExecutionContext, packets: readonly Bytes[], filter: FlowFilter): Promise<string[]> {
  const { flows, filtered, totals } = await run(packets, { filter })
  t.is(flows.length + filtered.packets, packets.length)
  t.is(totals.packets, flows.length)
  return flows.map(ends).sort()
}

const reversed = (text: string) => {
  const [protocol, source, sourcePort, destination, destinationPort] = text.split(' ')
  return [protocol, destination, destinationPort, source, sourcePort].join(' ')
}

test('lists of one end are of that end, included and excluded, and all of them must hold', async (t) => {
  const pass = [
    '6 10.0.0.1 1 10.0.1.1 80',
    // Excluded at the other end only.
    '6 10.0.0.9 1 10.0.1.1 80',
    '6 10.0.0.1 1 10.0.1.1 7',
  ]
  const stay = [
    '6 10.0.1.1 1 10.0.0.1 80',
    '6 10.0.0.1 80 10.0.1.1 1',
    '6 10.0.0.1 1 10.0.0.9 80',
    '6 10.0.0.1 7 10.0.1.1 80',
  ]
  const [source, destination] = [overIpv4(UDP, datagram, { source: '10.0.0.1' }), overIpv4(UDP, datagram)]
  const protocols = { protocols: ['tcp', 'udp'] }
  const there = { ...protocols, sourceAddresses: ['10.0.0.0/24'], destinationPorts: [80, 7] }
  const notThere = { protocols: ['udp'], destinationAddresses: ['10.0.0.9'], sourcePorts: [7] }
  const all = [...pass, ...stay]
  t.deepEqual(await passing(t, [...all.map(packetOf), source], { ...there, exclude: notThere }), pass.toSorted())
  const back = { ...protocols, destinationAddresses: ['10.0.0.0/24'], sourcePorts: [80, 7] }
  const notBack = { protocols: ['udp'], sourceAddresses: ['10.0.0.9'], destinationPorts: [7] }
  t.deepEqual(
    await passing(t, [...all.map(reversed).map(packetOf), destination], { ...back, exclude: notBack }),
    pass.map(reversed).sort(),
  )
})

test('lists of either end are of both, included and excluded', async (t) => {
  const pass = ['6 10.0.0.1 1 10.0.1.1 80', '6 10.0.1.1 1 10.0.0.1 80', '6 10.0.1.1 80 10.0.0.1 1']
  const stay = [
    '6 10.0.1.1 1 10.0.1.2 80',
    '6 10.0.0.1 1 10.0.1.1 2',
    '6 10.0.0.9 1 10.0.0.1 80',
    '6 10.0.0.1 1 10.0.0.9 80',
    '6 10.0.0.1 7 10.0.1.1 80',
    '6 10.0.0.1 80 10.0.1.1 7',
  ]
  const filter = { addresses: ['10.0.0.0/24'], ports: [80, 7], exclude: { addresses: ['10.0.0.9'], ports: [7] } }
  t.deepEqual(await passing(t, [...pass, ...stay].map(packetOf), filter), pass.toSorted())
})

test('the ports of a filter are those of protocols that have ports, and others have none, not even 0', async (t) => {
  const withPorts = [
    overIpv4(TCP, segment),
    overIpv4(UDP, datagram),
    overIpv4(33, sctp([])),
    overIpv4(132, sctp([])),
    overIpv4(136, datagram),
  ]
  const without = [
    // In place of ports, these have the identifier and the type, or 0.
    overIpv4(1, icmp(8, 174, 1111)),
    overIpv6(58, icmp(128, 0, 1111)),
    overIpv4(50, payload(30)),
    overIpv4(47, payload(30, 0)),
    overIpv4(UDP, payload(16), { fragmentOffset: 9, id: 999 }),
  ]
  const those = [v4(TCP), v4(UDP), v4(33), v4(132), v4(136)].sort()
  const others = [v4(1, '1111 2222'), v6(58, '1111 32768'), v4(50, '0 0'), v4(47, '0 0'), v4(UDP, '0 0')].sort()
  const packets = [...withPorts, ...without]
  t.deepEqual(await passing(t, packets, { ports: ['0-65535'] }), those)
  t.deepEqual(await passing(t, packets, { exclude: { ports: [0, 1111] } }), others)
  t.deepEqual(await passing(t, packets, { exclude: { destinationPorts: [0, 2222] } }), others)
})

test('a prefix of a filter has its own length, up to the host’s own address, and the longest has the say of all', async (t) => {
  const from = (source: string) => `6 ${source} 1 ${source.includes(':') ? '2001:db8::9' : '192.0.2.9'} 2`
  const pass = ['10.0.0.1', '10.0.1.2', '10.0.1.3', '10.0.2.0', '10.0.2.127', '127.255.255.255', '64.0.0.0'].map(from)
  pass.push(...['2001:db8::1', '2001:db9::', '2001:db9:ffff::ffff'].map(from))
  const stay = ['10.0.0.0', '10.0.0.2', '10.0.1.1', '10.0.1.4', '10.0.2.128', '10.0.3.0', '63.255.255.255'].map(from)
  stay.push(...['128.0.0.0', '2001:db8::', '2001:db8::3', '2001:dba::1', '2001:db9:1::1', 'fe80::1'].map(from))
  const filter = {
    sourceAddresses: ['10.0.0.1', '10.0.1.2/31', '10.0.2.0/24', '64.0.0.0/2', '2001:db8::1', '2001:db9::/32'],
    exclude: { sourceAddresses: ['10.0.2.128/25', '2001:db9:1::/48'] },
  }
  t.deepEqual(await passing(t, [...pass, ...stay].map(packetOf), filter), pass.toSorted())
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
