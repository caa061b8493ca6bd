import { InvalidArgumentError, Option } from 'commander'
import { didYouMean } from '../nearest.js'

/** Converts seconds, as people write them, to milliseconds. */
function seconds(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 2_000_000)) throw new InvalidArgumentError('it must be a positive number of seconds.')
  return value * 1000
}

export function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('it must be a positive whole number.')
  return value
}

/** An option that takes one of the listed values. */
export const choice = (flags: string, description: string, values: readonly string[]): Option =>
  new Option(flags, description).choices(values).argParser((value) => {
    if (values.includes(value)) return value
    throw new InvalidArgumentError(`Allowed choices are ${values.join(', ')}${didYouMean(value, values) || '.'}`)
  })

/** The options of every live command. */
export interface LiveOptions {
  readonly interval: number
  readonly duration?: number
  readonly top?: number
  readonly sort: string
  readonly reverse?: boolean
  readonly dns?: boolean
  readonly json?: boolean
}

export const liveOptions = (sorts: readonly string[], sort: string, json: string): readonly Option[] => [
  new Option('--interval <seconds>', 'time between two snapshots').argParser(seconds).default(1000, '1'),
  new Option('--duration <seconds>', 'stop after this time (default: until Ctrl-C)').argParser(seconds),
  new Option('--top <n>', 'rows of the table (default: as many as fit; 20 without a terminal)').argParser(count),
  choice('--sort <column>', 'column to sort by', sorts).default(sort),
  new Option('--reverse', 'reverse the sort order'),
  new Option('--dns', 'show host names, looked up by reverse DNS in the background').conflicts('json'),
  new Option('--json', json),
]

export const maxEntriesOption = (entries: number) =>
  new Option('--max-entries <n>', 'records that the kernel can hold per interval').argParser(count).default(entries)

/** Collects the values of a repeatable option. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value]

/** The same, for an option that also takes comma-separated lists; `check` throws for an invalid value. */
export const collectList =
  (check: (value: string) => unknown) =>
  (text: string, previous: readonly string[] = []) => {
    const values = text.split(',').map((value) => value.trim())
    for (const value of values) {
      try {
        check(value)
      } catch (error) {
        throw new InvalidArgumentError(`${error instanceof Error ? error.message : String(error)}.`)
      }
    }
    return [...previous, ...values]
  }
