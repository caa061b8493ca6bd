import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RetransmitMode, RetransmitMonitor, type RetransmitSnapshot, type SocketTotals } from 'ebpf/retransmits'
import { hasActiveTcp } from '../../lib/cli/demo/kernel-counters.js'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import { addAddresses, createNetwork, type DemoNetwork, removeNetwork, type Side } from '../../lib/cli/demo/network.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { protocolCounter } from '../helpers/protocol-counters.js'
import { connectBriefly, serveTcp } from '../helpers/traffic.js'

/** Loses 4 % of the packets: by netem where the kernel has it, else by a program. */
async function loseSome(network: DemoNetwork): Promise<Disposable> {
  if (!network.delayed) return LossyPath.create(network, 400)
  for (const { netns, interface: name } of [network.client, network.server]) {
    netns.tc('qdisc', 'change', 'dev', name, 'root', 'netem', 'delay', '1ms', 'loss', '4%', 'limit', '100000')
  }
  return { [Symbol.dispose]() {} }
}

/** Without sockets in TIME_WAIT, whose acknowledgements `OutSegs` counts and no socket does. */
async function withoutTimeWait({ netns }: Side): Promise<void> {
  await once(netns.spawn('sh', ['-c', 'echo 0 > /proc/sys/net/ipv4/tcp_max_tw_buckets']), 'exit')
}

/** What differs between the snapshots and the kernel's counters of that side: nothing should. */
function differences(snapshots: readonly RetransmitSnapshot[], side: Side): string[] {
  const kernel = (counter: `${string}: ${string}`) => protocolCounter(side.netns, counter)
  const total = (of: (snapshot: RetransmitSnapshot) => number) => snapshots.reduce((sum, each) => sum + of(each), 0)
  const sockets = (of: (totals: SocketTotals) => number) =>
    total(({ sockets }) => (sockets ? of(sockets.totals) : Number.NaN))
  const rows = snapshots.flatMap(({ retransmits }) => retransmits)
  const synAcks = rows.reduce((sum, row) => sum + row.synAcks, 0)
  const embryonic = kernel('TcpExt: EmbryonicRsts')
  const bySockets = kernel('TcpExt: TCPAbortOnData') + kernel('TcpExt: TCPAbortOnClose')
  const pairs: Record<string, readonly [ours: number, kernels: number]> = {
    RetransSegs: [total(({ totals }) => totals.segments), kernel('Tcp: RetransSegs')],
    SynRetrans: [synAcks + rows.reduce((sum, { syns }) => sum + syns, 0), kernel('TcpExt: TCPSynRetrans')],
    ActiveOpens: [sockets(({ openedLocally }) => openedLocally), kernel('Tcp: ActiveOpens')],
    PassiveOpens: [sockets(({ openedRemotely }) => openedRemotely), kernel('Tcp: PassiveOpens')],
    EstabResets: [sockets(({ aborted }) => aborted), kernel('Tcp: EstabResets')],
    AttemptFails: [sockets(({ closed, established }) => closed - established) + embryonic, kernel('Tcp: AttemptFails')],
  }
  // Resets that answer a packet are sent by no socket; nor are what a server's requests acknowledge, which nothing counts.
  if (side.interface === 'client0') {
    pairs.OutSegs = [
      sockets(({ segmentsSent }) => segmentsSent) + kernel('Tcp: OutRsts') - bySockets,
      kernel('Tcp: OutSegs') + kernel('Tcp: RetransSegs'),
    ]
  }
  return Object.entries(pairs).flatMap(([name, [ours, kernels]]) =>
    ours === kernels ? [] : [`${side.interface} ${name}: ${ours}, not ${kernels}`],
  )
}

async function countUnderLoss(mode: 'auto' | RetransmitMode): Promise<{ unequal: string[]; lost: number }> {
  const network = await createNetwork(1)
  const { client, server } = network
  const monitors: RetransmitMonitor[] = []
  try {
    for (const side of [client, server]) {
      await withoutTimeWait(side)
      monitors.push(await RetransmitMonitor.open({ netns: side.netns.path, connections: true, mode }))
    }
    using _lossy = await loseSome(network)
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 20_000)
    const options = { addresses: [server.ipv4, server.ipv6], port: 8080, connections: 160, concurrency: 40 }
    const talking = connectBriefly(client.netns, options).then(() => true)
    const snapshots = monitors.map((): RetransmitSnapshot[] => [])
    while (!(await Promise.race([talking, sleep(200, false)]))) {
      for (const [i, monitor] of monitors.entries()) snapshots[i]?.push(await monitor.snapshot())
    }
    await serving.stop()
    for (let i = 0; i < 600 && (hasActiveTcp(client.netns) || hasActiveTcp(server.netns)); i++) await sleep(100)
    for (const [i, monitor] of monitors.entries()) snapshots[i]?.push(await monitor.stop())
    return {
      unequal: [client, server].flatMap((side, i) => differences(snapshots[i] ?? [], side)),
      lost: protocolCounter(client.netns, 'Tcp: RetransSegs') + protocolCounter(server.netns, 'Tcp: RetransSegs'),
    }
  } finally {
    for (const monitor of monitors) monitor.close()
    await removeNetwork(network)
  }
}

for (const [mode, needs] of [
  ['auto', []],
  ['kprobe', ['kprobe']],
] as const) {
  kernelTest(`short connections over a lossy path equal the kernel’s counts, by ${mode}`, { needs }, async (t) => {
    // Where a process is protected by a policy of the machine, no program runs in what interrupts it: seldom, so never thrice.
    for (let tries = 3; tries > 0; tries--) {
      const { unequal, lost } = await countUnderLoss(mode)
      t.true(lost > 0, 'the path lost nothing: the test proves nothing')
      if (unequal.length > 0 && tries > 1) t.log(unequal.join(', '))
      else {
        t.deepEqual(unequal, [])
        return
      }
    }
  })
}
