import { Command, Option } from 'commander'
import type { Flow, FlowSnapshot } from '../monitors/flow.js'
import { monitorFlows } from '../monitors/flow-monitor.js'
import type { FlowMonitorOptions } from '../monitors/flow-options.js'
import { protocolName } from '../monitors/protocols.js'
import { tcpFlags } from '../monitors/tcp.js'
import { colors } from './colors.js'
import { endpoint, quantity } from './format.js'
import { interrupted } from './interrupt.js'
import { collect, type LiveOptions, liveOptions, maxEntriesOption } from './options.js'
import { show } from './screen.js'
import { type Column, table } from './table.js'

interface FlowsOptions extends LiveOptions {
  readonly interface?: string[]
  readonly attach: NonNullable<FlowMonitorOptions['attach']>
  readonly netns?: string
  readonly maxEntries: number
}

export function flowsCommand(): Command {
  const command = new Command('flows')
    .description('live table of flows, by bytes')
    .addOption(
      new Option('-i, --interface <name>', 'interface to watch, repeatable (default: all but lo)').argParser(collect),
    )
    .addOption(new Option('--netns <path>', 'network namespace of the interfaces, such as /run/netns/NAME'))
    .addOption(new Option('--attach <how>', 'how to attach').choices(['auto', 'tcx', 'clsact']).default('auto'))
    .addOption(maxEntriesOption(65_536))
  for (const option of liveOptions) command.addOption(option)
  return command.action(runFlows)
}

async function runFlows(options: FlowsOptions): Promise<void> {
  const { interface: interfaces, json, top, ...rest } = options
  for await (const snapshot of monitorFlows({ ...rest, ...(interfaces && { interfaces }), signal: interrupted() })) {
    if (json) console.log(JSON.stringify(snapshot))
    else show(flowsText(snapshot, top))
  }
}

const columns = (seconds: number): Column<Flow>[] => [
  { title: 'PROTO', text: (flow) => protocolName(flow.protocol) },
  { title: 'SOURCE', text: (flow) => endpoint(flow.sourceAddress, flow.sourcePort) },
  { title: 'DESTINATION', text: (flow) => endpoint(flow.destinationAddress, flow.destinationPort) },
  { title: 'INTERFACE', text: (flow) => `${flow.interface} ${flow.direction === 'ingress' ? 'in' : 'out'}` },
  { title: 'RATE', align: 'right', text: (flow) => quantity((flow.bytes * 8) / seconds, 'bit/s') },
  { title: 'BYTES', align: 'right', text: (flow) => quantity(flow.bytes, 'B') },
  { title: 'PACKETS', align: 'right', text: (flow) => quantity(flow.packets) },
  { title: 'SEGMENTS', align: 'right', text: (flow) => quantity(flow.segments) },
  { title: 'FLAGS', text: (flow) => tcpFlags(flow.tcpFlags).join(' ') },
]

/** The `top` flows of a snapshot by bytes, under a line of totals. */
export function flowsText({ flows, totals, lost, malformed, start, end }: FlowSnapshot, top: number): string {
  const seconds = Math.max(end - start, 1) / 1000
  const shown = flows.toSorted((a, b) => b.bytes - a.bytes).slice(0, top)
  const head = [
    `${colors.bold(String(flows.length))} flows`,
    `${quantity(totals.packets)} packets`,
    quantity(totals.bytes, 'B'),
    quantity((totals.bytes * 8) / seconds, 'bit/s'),
    ...(malformed.packets > 0 ? [colors.yellow(`${malformed.packets} malformed`)] : []),
    ...(lost.packets > 0
      ? [colors.red(`${lost.packets} packets of about ${lost.flows} flows not filed: the table is full`)]
      : []),
  ]
  const more = flows.length > shown.length ? `\n${colors.dim(`and ${flows.length - shown.length} more`)}` : ''
  return `${head.join('  ')}\n${table(columns(seconds), shown)}${more}`
}
