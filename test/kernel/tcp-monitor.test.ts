import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { monitorTcp, type Retransmit, type RetransmitMode, TcpMonitor, type TcpSnapshot } from 'ebpf/tcp'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import { addAddresses, createNetwork, type DemoNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { silence } from '../helpers/demo-network.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { protocolCounter } from '../helpers/protocol-counters.js'
import { connectTcp, keepConnecting, serveTcp } from '../helpers/traffic.js'

/**
 * Retransmits over a lossy path, in both directions, IPv4 and IPv6, and compares each namespace's sum with RetransSegs.
 * It uses few, long connections: what is not reported is made up for by the connection's next report.
 */
async function countRetransmits(t: ExecutionContext, mode: 'auto' | RetransmitMode): Promise<Retransmit[]> {
  const network = await createNetwork(1)
  try {
    const { client, server } = network
    using monitor = await TcpMonitor.open({ mode })
    using lossy = await LossyPath.create(network, 600)
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 1_500_000)
    const snapshots: TcpSnapshot[] = []
    const addresses = [server.ipv4, server.ipv6]
    // A path may lose none of a few big packets: talk until both sides have retransmitted over both protocols.
    for (let round = 0; round < 20 && !(round > 0 && lostEverywhere(network, snapshots)); round++) {
      const talking = connectTcp(client.netns, { addresses, port: 8080, connections: 1, bytes: 1_500_000 }).then(
        () => true,
      )
      while (!(await Promise.race([talking, sleep(200, false)]))) snapshots.push(await monitor.snapshot())
    }
    await serving.stop()
    // What is still in flight arrives, so that nothing is sent between the last readings of the two counts.
    lossy[Symbol.dispose]()
    await silence(network)
    snapshots.push(await monitor.stop())
    t.true(snapshots.every(({ lost }) => lost.events === 0))
    return [client, server].flatMap(({ netns }) => {
      // The monitor sees the whole machine.
      const own = snapshots.flatMap(({ retransmits }) => retransmits.filter((row) => row.netns === netns.inode))
      const kernels = retransSegs(netns)
      t.is(
        own.reduce((sum, { segments }) => sum + segments, 0),
        kernels,
        JSON.stringify(own),
      )
      t.true(kernels > 0, 'the path lost nothing: the test proves nothing')
      const sum = (count: (row: Retransmit) => number) => own.reduce((total, row) => total + count(row), 0)
      t.is(
        sum(({ syns, synAcks }) => syns + synAcks),
        protocolCounter(netns, 'TcpExt: TCPSynRetrans'),
      )
      // No other retransmission is mistaken for a tail loss probe. The kernel's count includes probes that sent new
      // data instead.
      t.true(sum(({ tailLossProbes }) => tailLossProbes) <= protocolCounter(netns, 'TcpExt: TCPLossProbes'))
      return own
    })
  } finally {
    await removeNetwork(network)
  }
}

function lostEverywhere({ client, server }: DemoNetwork, snapshots: readonly TcpSnapshot[]): boolean {
  const seen = new Set(snapshots.flatMap(({ retransmits }) => retransmits.map(({ ipVersion }) => ipVersion)))
  return retransSegs(client.netns) > 0 && retransSegs(server.netns) > 0 && seen.has(4) && seen.has(6)
}

for (const [mode, needs] of [
  ['tp_btf', ['tp_btf']],
  ['kprobe', ['kprobe']],
  ['tracepoint', []],
] as const) {
  kernelTest(`retransmitted segments seen by ${mode} equal the kernel’s own count`, { needs }, async (t) => {
    const retransmits = await countRetransmits(t, mode)
    t.true(retransmits.some(({ ipVersion, remoteAddress }) => ipVersion === 4 && remoteAddress.startsWith('198.18.0.')))
    t.true(
      retransmits.some(({ ipVersion, remoteAddress }) => ipVersion === 6 && remoteAddress.startsWith('fd00:198:18::')),
    )
    // A socket that retransmits data has been answered before.
    const ofData = retransmits.filter(({ segments, syns, synAcks }) => segments > syns + synAcks)
    t.true(ofData.some(({ rtt }) => rtt !== undefined && rtt.smoothed > 0 && (rtt.minimum ?? 0) > 0))
    for (const { localPort, remotePort, events, segments, state, rtt } of retransmits) {
      t.true(rtt === undefined || (rtt.smoothed > 0 && (rtt.minimum ?? 0) <= rtt.smoothed * 8))
      t.true(localPort === 8080 || remotePort === 8080)
      t.true(segments >= events && events > 0)
      t.not(state, 'UNKNOWN')
    }
  })
}

test('a namespace’s own retransmissions are all that a monitor of it sees', async (t) => {
  const network = await createNetwork(1)
  try {
    const { client, server } = network
    using monitor = await TcpMonitor.open({ netns: server.netns.path })
    using _lossy = await LossyPath.create(network, 600)
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 1_500_000)
    const options = { addresses: [server.ipv4], port: 8080, connections: 1, bytes: 1_500_000 }
    const haveSentAgain = () => retransSegs(client.netns) > 0 && retransSegs(server.netns) > 0
    for (let round = 0; round < 20 && !haveSentAgain(); round++) await connectTcp(client.netns, options)
    await serving.stop()
    await silence(network)
    const { retransmits, totals } = await monitor.stop()
    t.true(retransmits.every(({ netns }) => netns === server.netns.inode))
    t.true(haveSentAgain(), 'one of the namespaces sent nothing again: the test proves nothing')
    t.is(totals.segments, retransSegs(server.netns))
  } finally {
    await removeNetwork(network)
  }
})

test('a connection that is older than the monitor, and lives on when it stops, counts from the one to the other', async (t) => {
  const network = await createNetwork(1)
  try {
    const { client, server } = network
    using _lossy = await LossyPath.create(network, 10_000)
    addAddresses(network)
    const connecting = keepConnecting(client.netns, server.ipv4, 8080)
    // The SYN is retransmitted after a second, and then after another one or, before 6.5, two.
    while (retransSegs(client.netns) < 1) await sleep(50)
    const before = retransSegs(client.netns)
    using monitor = await TcpMonitor.open({ netns: client.netns.path })
    const opened = retransSegs(client.netns)
    while (retransSegs(client.netns) === opened) await sleep(50)
    const stopping = retransSegs(client.netns)
    const { retransmits, totals } = await monitor.stop()
    const stopped = retransSegs(client.netns)
    await connecting.stop()
    t.true(totals.segments >= stopping - opened && totals.segments <= stopped - before)
    t.deepEqual(
      retransmits.map(({ state, syns, remotePort }) => ({ state, syns, remotePort })),
      [{ state: 'SYN_SENT', syns: totals.segments, remotePort: 8080 }],
    )
  } finally {
    await removeNetwork(network)
  }
})

test('a mode that does not exist is refused by name', async (t) => {
  await t.throwsAsync(TcpMonitor.open({ mode: 'magic' as never }), { instanceOf: RangeError, message: /magic/ })
})

test('the first snapshot may come before the interval has passed', async (t) => {
  const day = 86_400_000
  const seen: TcpSnapshot[] = []
  for await (const snapshot of monitorTcp({ netns: '/proc/self/ns/net', interval: day, first: 1 })) {
    seen.push(snapshot)
    break
  }
  t.is(seen.length, 1)
  await t.throwsAsync(monitorTcp({ first: 0 }).next(), { instanceOf: RangeError, message: /first.*0/ })
})
