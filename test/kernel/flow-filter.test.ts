import test from 'ava'
import { FlowMonitor, type FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, run } from '../helpers/flow-runs.js'
import { datagram, overIpv4, overIpv6, segment, TCP, UDP } from '../helpers/packet-samples.js'
import { type Bytes, ethernet, icmp, payload, tcp } from '../helpers/packets.js'
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
