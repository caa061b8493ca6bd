import { type SocketTotals, TcpMonitor, type TcpSnapshot } from 'ebpf/tcp'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { bothEnds } from './both-ends.js'
import { perlInSteps } from './perl.js'
import { protocolCounter } from './protocol-counters.js'

const counters = ['OutSegs', 'InSegs', 'ActiveOpens', 'PassiveOpens', 'EstabResets', 'OutRsts', 'RetransSegs'] as const
/** The growth of the namespace's kernel counters. */
export type Kernel = Readonly<Record<(typeof counters)[number], number>>

/** What a program did: the snapshots at each of its pauses and at its end, and the growth of the kernel's counters. */
type Follow = (program: string) => Promise<{ snapshots: TcpSnapshot[]; kernel: Kernel }>

/** Runs in a namespace that has only the programs that `use` follows. */
export async function withFollower(
  use: (follow: Follow, netns: NetworkNamespace) => Promise<void>,
  maxSockets?: number,
): Promise<void> {
  const netns = await NetworkNamespace.create()
  try {
    using monitor = await TcpMonitor.open({
      netns: netns.path,
      connections: true,
      ...(maxSockets && { maxSockets }),
    })
    const count = () => counters.map((name) => protocolCounter(netns, `Tcp: ${name}`))
    await use(async (program) => {
      const before = count()
      const snapshots: TcpSnapshot[] = []
      const steps = await perlInSteps(netns, `pause; ${bothEnds} ${program}`)
      try {
        while ((await steps.next()) !== '') snapshots.push(await monitor.snapshot())
      } finally {
        await steps.stop()
      }
      snapshots.push(await monitor.snapshot())
      const now = count()
      const kernel = counters.map((name, i) => [name, (now[i] ?? Number.NaN) - (before[i] ?? Number.NaN)])
      return { snapshots, kernel: Object.fromEntries(kernel) }
    }, netns)
  } finally {
    await netns.remove()
  }
}

/** The same counters, computed from the snapshots by the sums of docs/flows-and-tcp.md. */
export function countedBy(snapshots: readonly TcpSnapshot[], kernel: Kernel): Kernel {
  const total = (of: (totals: SocketTotals) => number) =>
    snapshots.reduce((sum, { sockets }) => sum + (sockets ? of(sockets.totals) : Number.NaN), 0)
  const segments = snapshots.reduce((sum, { totals }) => sum + totals.segments, 0)
  return {
    // A SYN-ACK is sent before there is a socket.
    OutSegs: total(({ segmentsSent }) => segmentsSent) + kernel.PassiveOpens - segments,
    InSegs: total(({ segmentsReceived }) => segmentsReceived),
    ActiveOpens: total(({ openedLocally }) => openedLocally),
    PassiveOpens: total(({ openedRemotely }) => openedRemotely),
    EstabResets: total(({ aborted }) => aborted),
    OutRsts: total(({ resetsSent }) => resetsSent),
    RetransSegs: segments,
  }
}
