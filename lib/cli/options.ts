import { InvalidArgumentError, Option } from 'commander'

/** Seconds, as people write them, to milliseconds. */
function seconds(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 2_000_000)) throw new InvalidArgumentError('it must be a positive number of seconds.')
  return value * 1000
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('it must be a positive whole number.')
  return value
}

/** What every live command takes. */
export interface LiveOptions {
  readonly interval: number
  readonly duration?: number
  readonly top: number
  readonly json?: boolean
}

export const liveOptions: readonly Option[] = [
  new Option('--interval <seconds>', 'time between two snapshots').argParser(seconds).default(1000, '1'),
  new Option('--duration <seconds>', 'stop after this time (default: until Ctrl-C)').argParser(seconds),
  new Option('--top <n>', 'rows of the table').argParser(count).default(20),
  new Option('--json', 'a JSON object a line for each snapshot, with every record'),
]

export const maxEntriesOption = (entries: number) =>
  new Option('--max-entries <n>', 'records that one interval can hold in the kernel').argParser(count).default(entries)

export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value]
