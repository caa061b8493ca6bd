import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { FlowMonitor, type FlowMonitorOptions, type FlowSnapshot, monitorFlows, tcpFlags } from 'ebpf/flows'
import { hasActiveTcp, interfaceCounts } from '../../lib/cli/demo/kernel-counters.js'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import {
  addAddresses,
  createNetwork,
  type DemoNetwork,
  removeAddresses,
  removeNetwork,
} from '../../lib/cli/demo/network.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { connectTcp, sendDatagrams, serveTcp } from '../helpers/traffic.js'

interface Counted {
  readonly snapshots: FlowSnapshot[]
  /**
   * How long the slowest snapshot took, in milliseconds. This much time may pass between its reading of the two clocks,
   * so times may be wrong by as much.
   */
  readonly slowest: number
  readonly packets: number
  readonly bytes: number
}

/**
 * Counts `traffic` at the client's interface, swapping epochs all the time, and compares the sums with the interface's
 * own counters.
 */
async function count(
  t: { is(actual: number, expected: number, message: string): unknown },
  traffic: (network: DemoNetwork) => Promise<unknown>,
  options: FlowMonitorOptions & { loss?: number } = {},
): Promise<Counted> {
  const network = await createNetwork(1)
  const { loss, ...monitorOptions } = options
  try {
    const { client } = network
    using monitor = await FlowMonitor.open({
      ...monitorOptions,
      interfaces: [client.interface],
      netns: client.netns.path,
    })
    using _lossy = loss === undefined ? undefined : await LossyPath.create(network, loss)
    addAddresses(network)
    const snapshots: FlowSnapshot[] = []
    let slowest = 0
    const take = async (snapshot: () => Promise<FlowSnapshot>) => {
      const start = performance.now()
      snapshots.push(await snapshot())
      slowest = Math.max(slowest, performance.now() - start)
    }
    const done = traffic(network).then(() => true)
    while (!(await Promise.race([done, sleep(50, false)]))) await take(() => monitor.snapshot())
    await eventually('TCP is silent', () => [client, network.server].every(({ netns }) => !hasActiveTcp(netns)))
    await removeAddresses(network)
    await take(() => monitor.stop())
    const packets = sum(snapshots, ({ totals }) => totals.packets)
    const bytes = sum(snapshots, ({ totals }) => totals.bytes)
    const counted = interfaceCounts(client.netns, client.interface)
    t.is(packets, counted.packets, 'packets')
    t.is(bytes, counted.bytes, 'bytes')
    return { snapshots, slowest, packets, bytes }
  } finally {
    await removeNetwork(network)
  }
}

const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0)
const flowsOf = ({ snapshots }: Counted) => snapshots.flatMap(({ flows }) => flows)

async function tcpBothWays({ client, server }: DemoNetwork): Promise<void> {
  const serving = await serveTcp(server.netns, 8080, 400_000)
  await connectTcp(client.netns, { addresses: [server.ipv4, server.ipv6], port: 8080, connections: 4, bytes: 700_000 })
  await serving.stop()
}

test('packets and bytes equal the interface’s over TCP, IPv4 and IPv6, while epochs are swapped', async (t) => {
  const counted = await count(t, tcpBothWays)
  const tcp = flowsOf(counted).filter(({ protocol }) => protocol === 6)
  t.deepEqual([...new Set(tcp.map(({ ipVersion }) => ipVersion))].sort(), [4, 6])
  // 8 connections, both directions, payload and answer: no byte of them is missing.
  t.true(sum(tcp, ({ bytes }) => bytes) > 8 * 1_100_000)
  t.true(counted.snapshots.every(({ lost }) => lost.packets === 0))
})

test('packets and bytes equal the interface’s through a lossy path', async (t) => {
  await count(t, tcpBothWays, { loss: 200 })
})

test('the clsact filter counts what TCX counts', async (t) => {
  await count(t, tcpBothWays, { attach: 'clsact' })
})

test('every flag that a connection had is in its flow', async (t) => {
  const counted = await count(t, async ({ client, server }) => {
    const serving = await serveTcp(server.netns, 8080, 10)
    await connectTcp(client.netns, { addresses: [server.ipv4], port: 8080, connections: 1, bytes: 10 })
    await serving.stop()
  })
  const flags = (direction: string) =>
    flowsOf(counted)
      .filter((flow) => flow.protocol === 6 && flow.direction === direction)
      .reduce((all, flow) => all | flow.tcpFlags, 0)
  for (const direction of ['ingress', 'egress']) {
    t.deepEqual(
      tcpFlags(flags(direction)).filter((name) => name !== 'ECE' && name !== 'CWR'),
      ['FIN', 'SYN', 'PSH', 'ACK'],
    )
  }
})

test('a datagram flow has its addresses, ports, packets, bytes and times', async (t) => {
  const before = Date.now()
  const counted = await count(t, ({ client, server }) =>
    sendDatagrams(client.netns, { address: server.ipv4, ports: 3, times: 5, size: 100 }),
  )
  const after = Date.now() + 1
  const udp = flowsOf(counted).filter(({ protocol, destinationPort }) => protocol === 17 && destinationPort >= 10_000)
  for (const port of [10_000, 10_001, 10_002]) {
    const flows = udp.filter(({ destinationPort }) => destinationPort === port)
    t.is(
      sum(flows, ({ packets }) => packets),
      5,
    )
    t.is(
      sum(flows, ({ segments }) => segments),
      5,
    )
    t.is(
      sum(flows, ({ bytes }) => bytes),
      5 * (14 + 20 + 8 + 100),
    )
    for (const flow of flows) {
      t.is(flow.sourceAddress, '198.18.0.1')
      t.is(flow.destinationAddress, '198.18.0.2')
      t.is(flow.direction, 'egress')
      t.is(flow.interface, 'client0')
      t.is(flow.tcpFlags, 0)
      t.true(flow.firstSeen <= flow.lastSeen)
      t.true(flow.firstSeen >= before - counted.slowest && flow.lastSeen <= after + counted.slowest)
    }
  }
})

test('what a table is too small for is counted as lost, and the sums are still the interface’s', async (t) => {
  const { snapshots } = await count(
    t,
    ({ client, server }) => sendDatagrams(client.netns, { address: server.ipv6, ports: 400, times: 3, size: 20 }),
    { maxEntries: 16 },
  )
  t.true(sum(snapshots, ({ lost }) => lost.packets) > 400)
  t.true(sum(snapshots, ({ lost }) => lost.segments) > 400)
  t.true(snapshots.every(({ table }) => table.entries <= 16 && table.maxEntries === 16))
  t.true(snapshots.some(({ table }) => table.entries === 16))
  const refusedFlows = sum(snapshots, ({ lost }) => lost.flows)
  t.true(refusedFlows <= sum(snapshots, ({ lost }) => lost.packets) * 1.02, `${refusedFlows} flows`)
  t.true(refusedFlows > 100)
})

test('packets that are not IP are counted apart', async (t) => {
  const { snapshots } = await count(t, ({ client, server }) =>
    sendDatagrams(client.netns, { address: server.ipv4, ports: 1, times: 1, size: 1 }),
  )
  // The first datagram needs an ARP request and its answer.
  t.true(sum(snapshots, ({ nonIp }) => nonIp.packets) >= 2)
})

test('the loop yields a last snapshot on abort and ends without an error', async (t) => {
  const network = await createNetwork(1)
  try {
    const { client, server } = network
    addAddresses(network)
    const controller = new AbortController()
    let sending: Promise<void> | undefined
    let datagrams = 0
    const options = {
      interfaces: [client.interface],
      netns: client.netns.path,
      interval: 100,
      signal: controller.signal,
    }
    for await (const { flows } of monitorFlows(options)) {
      datagrams += sum(flows, ({ destinationPort, packets }) => (destinationPort === 10_000 ? packets : 0))
      sending ??= sendDatagrams(client.netns, { address: server.ipv4, ports: 1, times: 20, size: 1 }).then(() =>
        controller.abort(),
      )
    }
    await sending
    t.is(datagrams, 20)
  } finally {
    await removeNetwork(network)
  }
})

test('an interface that is not there is refused by name', async (t) => {
  await t.throwsAsync(FlowMonitor.open({ interfaces: ['no-such-if'] }), { code: 'ENODEV', message: /no-such-if/ })
  await t.throwsAsync(FlowMonitor.open({ interfaces: ['lo'], maxEntries: 0 }), { instanceOf: RangeError, message: /0/ })
  await t.throwsAsync(monitorFlows({ interval: -1 }).next(), { instanceOf: RangeError, message: /-1/ })
})

kernelTest('attach: tcx makes TCX links', { needs: ['tcx'] }, async (t) => {
  const network = await createNetwork(1)
  try {
    const { client } = network
    using monitor = await FlowMonitor.open({ interfaces: [client.interface], netns: client.netns.path, attach: 'tcx' })
    t.is(monitor.attachment, 'tcx')
  } finally {
    await removeNetwork(network)
  }
})
