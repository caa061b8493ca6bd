import { setTimeout as sleep } from 'node:timers/promises'
import { requireLinux } from '../../internal/require-linux.js'
import type { FlowSnapshot } from '../../monitors/flows/flow.js'
import { FlowMonitor } from '../../monitors/flows/flow-monitor.js'
import { TcpMonitor } from '../../monitors/tcp/tcp-monitor.js'
import { CliError } from '../cli-error.js'
import { hasActiveTcp, interfaceCounts, retransSegs } from './kernel-counters.js'
import { LossyPath } from './lossy-path.js'
import { addAddresses, createNetwork, type DemoNetwork, removeAddresses, removeNetwork } from './network.js'
import type { DemoSummary } from './summary.js'
import { Tally } from './tally.js'
import { startTraffic } from './traffic.js'

export interface DemoOptions {
  /** How many seconds the traffic runs. */
  readonly seconds: number
  /** Percentage of TCP packets that the path drops. */
  readonly loss: number
  readonly signal: AbortSignal
  /** Called about once a second with what the client's interface saw. */
  readonly onSnapshot: (snapshot: FlowSnapshot) => void
}

/** Builds the network, counts its traffic, and removes everything again; undefined if the signal ended it early. */
export async function runDemo(options: DemoOptions): Promise<DemoSummary | undefined> {
  requireLinux('run the demo')
  if (process.getuid?.() !== 0)
    throw new CliError('the demo needs root: it makes network namespaces and loads BPF programs')
  const cleanups: (() => void | Promise<void>)[] = []
  try {
    return await measure(options, (cleanup) => cleanups.unshift(cleanup))
  } finally {
    for (const cleanup of cleanups) await cleanup()
  }
}

async function measure(
  { seconds, loss, signal, onSnapshot }: DemoOptions,
  defer: (cleanup: () => void | Promise<void>) => void,
): Promise<DemoSummary | undefined> {
  const start = performance.now()
  const network = await createNetwork(2)
  defer(() => removeNetwork(network))
  const sides = [network.client, network.server]

  const flowMonitors: FlowMonitor[] = []
  for (const side of sides) {
    const monitor = await FlowMonitor.open({ interfaces: [side.interface], netns: side.netns.path })
    defer(() => monitor.close())
    flowMonitors.push(monitor)
  }
  const tcpMonitor = await TcpMonitor.open()
  defer(() => tcpMonitor.close())
  const lossyPath = await LossyPath.create(network, loss * 100)
  defer(() => lossyPath[Symbol.dispose]())

  const flowAttachment = flowMonitors[0]?.attachment ?? ''
  addAddresses(network)
  const traffic = await startTraffic(network, seconds)
  defer(() => traffic.stop())

  const tally = new Tally(new Set(sides.map(({ netns }) => netns.inode)))
  const ended = traffic.done.then(() => true)
  while (!signal.aborted && !(await Promise.race([ended, sleep(1000, false)]))) {
    const snapshots = await Promise.all(flowMonitors.map((monitor) => monitor.snapshot()))
    for (const snapshot of snapshots) tally.addFlows(snapshot)
    tally.addRetransmits(await tcpMonitor.snapshot())
    if (snapshots[0]) onSnapshot(snapshots[0])
  }
  ended.catch(() => {}) // thrown above unless the signal came first
  if (signal.aborted) return undefined

  await traffic.stop()
  await silence(network)
  await removeAddresses(network)
  for (const monitor of flowMonitors) tally.addFlows(await monitor.stop())
  tally.addRetransmits(await tcpMonitor.stop())
  const counts = sides.map(({ netns, interface: name }) => interfaceCounts(netns, name))
  return {
    packets: tally.packets,
    interfacePackets: sum(counts.map(({ packets }) => packets)),
    bytes: tally.bytes,
    interfaceBytes: sum(counts.map(({ bytes }) => bytes)),
    retransmittedSegments: tally.retransmittedSegments,
    kernelRetransSegs: sum(sides.map(({ netns }) => retransSegs(netns))),
    flows: tally.flows,
    lost: tally.lost,
    retransmitMode: tcpMonitor.mode,
    flowAttachment,
    seconds: (performance.now() - start) / 1000,
  }
}

/** Waits until no socket of the demo may send by itself; at most 3 s. */
async function silence({ client, server }: DemoNetwork): Promise<void> {
  for (let tries = 0; tries < 30; tries++) {
    await sleep(100)
    if (!hasActiveTcp(client.netns) && !hasActiveTcp(server.netns)) break
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
