import { Command, Option } from 'commander'
import { monitorFlows } from '../monitors/flows/flow-monitor.js'
import { joinFlows } from '../monitors/flows/join.js'
import type { FlowMonitorOptions } from '../monitors/flows/options.js'
import { didYouMean } from '../nearest.js'
import { CliError } from './cli-error.js'
import { filterOf, filterOptions } from './flows/filter-options.js'
import { conversationColumns, flowColumns } from './flows/flow-columns.js'
import { conversationTable, flowTable } from './flows/flow-table.js'
import { writeJson } from './json.js'
import { sortNames } from './live/draw.js'
import { firstDue } from './live/screen.js'
import { choice, collect, count, type LiveOptions, liveOptions, maxEntriesOption } from './options.js'
import { PacedWriter } from './output/paced-writer.js'
import { type Surroundings, surroundings } from './surroundings.js'

interface FlowsOptions extends LiveOptions {
  readonly interface?: string[]
  readonly netns?: string[]
  readonly perspective: NonNullable<FlowMonitorOptions['perspective']>
  readonly attach: NonNullable<FlowMonitorOptions['attach']>
  readonly tunnels: NonNullable<FlowMonitorOptions['tunnels']>
  readonly sampling?: number
  readonly maxEntries: number
  readonly connections?: boolean
  readonly duplicates?: boolean
  readonly sockets?: boolean
}

const withAll = { sockets: true }
const sorts = { flows: sortNames(flowColumns(withAll)), connections: sortNames(conversationColumns(withAll)) }

export function flowsCommand(monitor = monitorFlows, around = surroundings): Command {
  const command = new Command('flows')
    .description('live table of flows: who talks to whom, and how much')
    .addOption(
      new Option(
        '-i, --interface <name>',
        "interface to watch, or a pattern such as 'veth*' or '!docker0', repeatable (default: all but lo)",
      ).argParser(collect),
    )
    .addOption(
      new Option('--netns <name>', 'network namespace of the interfaces, by name or file, repeatable').argParser(
        collect,
      ),
    )
    .addOption(
      choice(
        '--perspective <whose>',
        'report directions as the host or as the peer sees them, for interfaces whose other end is in another namespace',
        ['host', 'peer'],
      ).default('host'),
    )
    .addOption(new Option('--connections', 'one row for both directions'))
    .addOption(
      new Option('--duplicates', 'also show a flow at the other interfaces that see it').conflicts('connections'),
    )
    .addOption(new Option('--sockets', 'for TCP, add the process, the round-trip time and the retransmitted segments'))
    .addOption(
      choice('--tunnels <which>', 'count packets of tunnels by their outer or inner header', [
        'outer',
        'inner',
      ]).default('outer'),
    )
    .addOption(new Option('--sampling <n>', 'count only one packet in n, chosen at random').argParser(count))
    .addOption(choice('--attach <how>', 'how to attach to interfaces', ['auto', 'tcx', 'clsact']).default('auto'))
    .addOption(maxEntriesOption(65_536))
  const json = 'one JSON object per line and snapshot, with every record: jq .flows[]'
  const options = liveOptions([...new Set([...sorts.flows, ...sorts.connections])], 'bytes', json)
  for (const option of [...options, ...filterOptions()]) command.addOption(option)
  return command.action((options: FlowsOptions) => runFlows(options, monitor, around))
}

async function runFlows(options: FlowsOptions, monitor: typeof monitorFlows, around: Surroundings): Promise<void> {
  const { connections = false, duplicates = false, sockets = false, json, sort, maxEntries } = options
  const names = connections ? sortNames(conversationColumns({ sockets })) : sortNames(flowColumns({ sockets }))
  if (!names.includes(sort)) {
    throw new CliError(
      `--sort ${sort} is not a column of this table: there are ${names.join(', ')}${didYouMean(sort, names)}`,
    )
  }
  const { output } = around
  const interruption = around.interruption()
  const snapshots = monitor({ ...monitorOptions(options), ...firstDue(options, output), signal: interruption.signal })
  if (json) {
    const writer = new PacedWriter(output, interruption.signal)
    for await (const { flows, ...rest } of snapshots) {
      const records = connections ? { connections: joinFlows(flows) } : { flows }
      await writeJson({ ...rest, ...records }, (text) => writer.write(text))
    }
    return writer.flush()
  }
  const { liveTable } = await import('./live/live-table.js')
  const live = { ...options, sorts: names, interruption, output }
  const shown = { capacity: maxEntries, duplicates, sockets, namespaces: (options.netns?.length ?? 0) > 1 }
  if (connections) await liveTable(snapshots, (nameOf) => conversationTable({ ...shown, nameOf }), live)
  else await liveTable(snapshots, (nameOf) => flowTable({ ...shown, nameOf }), live)
}

function monitorOptions(options: FlowsOptions) {
  const {
    interface: interfaces,
    netns,
    perspective,
    attach,
    tunnels,
    sampling,
    sockets,
    maxEntries,
    interval,
    duration,
  } = options
  const filter = filterOf({ ...options })
  return {
    perspective,
    attach,
    tunnels,
    maxEntries,
    interval,
    ...(interfaces && { interfaces }),
    ...(netns && { netns }),
    ...(sampling !== undefined && { sampling }),
    ...(duration !== undefined && { duration }),
    ...(filter && { filter }),
    ...(sockets && { sockets: { connections: true } }),
  }
}
