import { Command, Option } from 'commander'
import type { Retransmit, RetransmitSnapshot } from '../monitors/retransmit.js'
import { monitorRetransmits, type RetransmitMonitorOptions } from '../monitors/retransmit-monitor.js'
import { colors } from './colors.js'
import { endpoint, quantity } from './format.js'
import { interrupted } from './interrupt.js'
import { type LiveOptions, liveOptions, maxEntriesOption } from './options.js'
import { show } from './screen.js'
import { type Column, table } from './table.js'

interface RetransmitsOptions extends LiveOptions {
  readonly mode: NonNullable<RetransmitMonitorOptions['mode']>
  readonly netns?: string
  readonly maxEntries: number
}

export function retransmitsCommand(): Command {
  const command = new Command('retransmits')
    .description('live table of TCP retransmissions, by segments')
    .addOption(new Option('--netns <path>', 'only sockets of this network namespace, such as /proc/self/ns/net'))
    .addOption(
      new Option('--mode <mode>', 'where to see them')
        .choices(['auto', 'tp_btf', 'kprobe', 'tracepoint'])
        .default('auto'),
    )
    .addOption(maxEntriesOption(16_384))
  for (const option of liveOptions) command.addOption(option)
  return command.action(runRetransmits)
}

async function runRetransmits({ json, top, ...options }: RetransmitsOptions): Promise<void> {
  for await (const snapshot of monitorRetransmits({ ...options, signal: interrupted() })) {
    if (json) console.log(JSON.stringify(snapshot))
    else show(retransmitsText(snapshot, top))
  }
}

const columns: Column<Retransmit>[] = [
  { title: 'LOCAL', text: (row) => endpoint(row.localAddress, row.localPort) },
  { title: 'REMOTE', text: (row) => endpoint(row.remoteAddress, row.remotePort) },
  { title: 'STATE', text: (row) => row.state },
  { title: 'EVENTS', align: 'right', text: (row) => quantity(row.events) },
  { title: 'SEGMENTS', align: 'right', text: (row) => quantity(row.segments) },
  { title: 'BYTES', align: 'right', text: (row) => quantity(row.bytes, 'B') },
  { title: 'SYN-ACKS', align: 'right', text: (row) => quantity(row.synAcks) },
]

/** The `top` connections of a snapshot by segments, under a line of totals. */
export function retransmitsText({ retransmits, totals, lost }: RetransmitSnapshot, top: number): string {
  const shown = retransmits.toSorted((a, b) => b.segments - a.segments).slice(0, top)
  const head = [
    `${colors.bold(quantity(totals.segments))} segments retransmitted`,
    quantity(totals.bytes, 'B'),
    `${retransmits.length} connections`,
    ...(lost.events > 0 ? [colors.red(`${lost.segments} segments not filed: the table is full`)] : []),
  ]
  const more =
    retransmits.length > shown.length ? `\n${colors.dim(`and ${retransmits.length - shown.length} more`)}` : ''
  return `${head.join('  ')}\n${table(columns, shown)}${more}`
}
