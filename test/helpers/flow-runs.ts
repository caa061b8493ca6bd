import type { ExecutionContext } from 'ava'
import { type Flow, FlowMonitor, type FlowMonitorOptions, type FlowSnapshot } from 'ebpf/flows'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import type { Bytes } from './packets.js'

export type RunOptions = FlowMonitorOptions & {
  readonly through?: 'ingress' | 'egress'
  /** struct __sk_buff; what is missing is zero. */
  readonly context?: Uint8Array
}

// One monitor for each set of options: loading the program takes longer than all packets of a test.
const monitors = new Map<string, FlowMonitor>()
let netns: NetworkNamespace | undefined

async function monitorOf(options: FlowMonitorOptions): Promise<FlowMonitor> {
  netns ??= await NetworkNamespace.create()
  const id = JSON.stringify(options)
  const monitor =
    monitors.get(id) ??
    (await FlowMonitor.open({ interfaces: ['lo'], netns: netns.path, maxEntries: 32_768, ...options }))
  monitors.set(id, monitor)
  return monitor
}

/**
 * Runs packets through the program of one direction, using BPF_PROG_RUN, which gives them loopback's index, and takes a
 * snapshot.
 */
export async function run(
  packets: Iterable<Bytes | Uint8Array>,
  { through = 'ingress', context, ...options }: RunOptions = {},
): Promise<FlowSnapshot> {
  const monitor = await monitorOf(options)
  const program = monitor.object.program(`flow_${through}`)
  for (const packet of packets) {
    const { returnValue } = program.run({ data: Uint8Array.from(packet), ...(context && { context }) })
    if ((returnValue | 0) !== tcxNext) throw new Error(`the program returned ${returnValue}`)
  }
  return await monitor.snapshot()
}

const tcxNext = -1

/** Asserts that the packets make one flow and nothing else. */
export async function only(t: ExecutionContext, packets: readonly Bytes[], options?: RunOptions): Promise<Flow> {
  const { flows, malformed, nonIp } = await run(packets, options)
  t.is(malformed.packets + nonIp.packets, 0)
  t.is(flows.length, 1, JSON.stringify(flows))
  const [flow] = flows
  if (!flow) throw new Error('no flow')
  t.is(flow.packets, packets.length)
  t.is(
    flow.bytes,
    packets.reduce((sum, { length }) => sum + length, 0),
  )
  return flow
}

export async function closeRuns(): Promise<void> {
  for (const monitor of monitors.values()) monitor.close()
  monitors.clear()
  await netns?.remove()
  netns = undefined
}

export const ends = ({ sourceAddress, sourcePort, destinationAddress, destinationPort, protocol }: Flow): string =>
  `${protocol} ${sourceAddress} ${sourcePort} ${destinationAddress} ${destinationPort}`

/**
 * The kernel itself refuses to run a program on a packet that ends inside the IP header that its ether type announces.
 */
export function isRunnable(frame: Uint8Array): boolean {
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0)
  return frame.length >= 14 + (type === 0x0800 ? 20 : type === 0x86dd ? 40 : 0)
}
