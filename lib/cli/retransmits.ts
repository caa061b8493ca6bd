import { Command, InvalidArgumentError, Option } from 'commander'
import { defined } from '../defined.js'
import { type ConnectionEventType, eventTypes } from '../monitors/tcp/connection-event.js'
import { ConnectionEvents, type ConnectionEventsOptions } from '../monitors/tcp/connection-events.js'
import { monitorTcp, type TcpMonitorOptions } from '../monitors/tcp/tcp-monitor.js'
import { didYouMean } from '../nearest.js'
import { CliError } from './cli-error.js'
import { jsonText, writeJson } from './json.js'
import { sortNames } from './live/draw.js'
import { firstDue } from './live/screen.js'
import { choice, count, type LiveOptions, liveOptions, maxEntriesOption } from './options.js'
import { PacedWriter } from './output/paced-writer.js'
import { eventLine } from './retransmits/event-line.js'
import { connectionColumns, peerColumns } from './retransmits/retransmit-columns.js'
import { connectionTable, peerTable } from './retransmits/retransmit-table.js'
import { type Surroundings, surroundings } from './surroundings.js'

interface RetransmitsOptions extends LiveOptions {
  readonly by: 'peer' | 'connection'
  /** True if no types were named. */
  readonly events?: true | ConnectionEventType[]
  readonly mode: NonNullable<TcpMonitorOptions['mode']>
  readonly netns?: string
  readonly maxEntries: number
  readonly maxSockets: number
}

const sorts = { peer: sortNames(peerColumns()), connection: sortNames(connectionColumns()) }

/** Where snapshots and events come from. */
export interface RetransmitsSources {
  readonly monitor: typeof monitorTcp
  readonly events: (options: ConnectionEventsOptions) => Promise<Pick<ConnectionEvents, 'read'> & Disposable>
}

const kernel: RetransmitsSources = { monitor: monitorTcp, events: (options) => ConnectionEvents.open(options) }

export function retransmitsCommand(sources = kernel, around = surroundings): Command {
  const command = new Command('retransmits')
    .description('live table of TCP connections: what was sent, and what had to be sent again')
    .addOption(choice('--by <what>', 'what a row is of', ['peer', 'connection']).default('peer'))
    .addOption(
      new Option(
        '--events [types]',
        `each event a line, instead of a table: ${[...new Set(eventTypes)].join(', ')}; all but dropped where none is named`,
      )
        .argParser(typesOf)
        .conflicts(['by', 'top', 'sort', 'reverse', 'dns', 'interval', 'mode', 'maxEntries']),
    )
    .addOption(
      new Option('--netns <name>', 'only sockets of this network namespace, by name or file (default: of every one)'),
    )
    .addOption(
      choice('--mode <mode>', 'where retransmissions are seen', ['auto', 'tp_btf', 'kprobe', 'tracepoint']).default(
        'auto',
      ),
    )
    .addOption(maxEntriesOption(16_384))
    .addOption(
      new Option('--max-sockets <n>', 'connections that are followed at the same time')
        .argParser(count)
        .default(65_536),
    )
  const json = 'a JSON object a line for each snapshot, or each event, with every record'
  const options = liveOptions([...new Set([...sorts.peer, ...sorts.connection])], 'again', json)
  for (const option of options) command.addOption(option)
  return command.action((options: RetransmitsOptions) => runRetransmits(options, sources, around))
}

async function runRetransmits(
  options: RetransmitsOptions,
  sources: RetransmitsSources,
  around: Surroundings,
): Promise<void> {
  const { by, events, json, sort, netns, maxEntries, maxSockets, mode, interval, duration } = options
  const names = sorts[by]
  if (!names.includes(sort)) {
    throw new CliError(
      `--sort ${sort} is not a column of this table: there are ${names.join(', ')}${didYouMean(sort, names)}`,
    )
  }
  if (events !== undefined) return printEvents(options, sources.events, around)
  const { output } = around
  const interruption = around.interruption()
  const snapshots = sources.monitor({
    connections: true,
    drops: true,
    mode,
    maxEntries,
    maxSockets,
    interval,
    ...firstDue(options, output),
    ...defined({ duration, netns }),
    signal: interruption.signal,
  })
  if (json) {
    const writer = new PacedWriter(output, interruption.signal)
    for await (const snapshot of snapshots) await writeJson(snapshot, (text) => writer.write(text))
    return writer.flush()
  }
  const { liveTable } = await import('./live/live-table.js')
  const live = { ...options, sorts: names, interruption, output }
  if (by === 'peer') await liveTable(snapshots, peerTable, live)
  else await liveTable(snapshots, connectionTable, live)
}

async function printEvents(
  { events, json, netns, maxSockets, duration }: RetransmitsOptions,
  open: RetransmitsSources['events'],
  { output, interruption }: Surroundings,
): Promise<void> {
  const stop = interruption()
  using source = await open({
    ...defined({ types: events === true ? undefined : events, netns }),
    maxSockets,
  })
  // Not earlier: a machine may need longer than that to load the programs.
  const timer = duration === undefined ? undefined : setTimeout(stop.stop, duration)
  const writer = new PacedWriter(output, stop.signal)
  try {
    for await (const event of source.read({ signal: stop.signal })) {
      await writer.write(`${json ? jsonText(event) : eventLine(event)}\n`)
    }
    await writer.flush()
  } finally {
    clearTimeout(timer)
  }
}

function typesOf(text: string): ConnectionEventType[] {
  return text.split(',').map((name) => {
    const type = eventTypes.find((each) => each === name.trim())
    if (type) return type
    const known = [...new Set(eventTypes)]
    throw new InvalidArgumentError(`'${name}' is not one of ${known.join(', ')}${didYouMean(name, known) || '.'}`)
  })
}
