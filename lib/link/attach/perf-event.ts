import { isKeyOf, type OptionNames, requireInteger, requireOptions, show } from '../../arguments.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

// include/uapi/linux/perf_event.h: enum perf_type_id, perf_hw_id, perf_sw_ids; the names are those of `perf list`.
const hardware = 0
const software = 1
const events = {
  'cpu-cycles': [hardware, 0n],
  instructions: [hardware, 1n],
  'cache-references': [hardware, 2n],
  'cache-misses': [hardware, 3n],
  branches: [hardware, 4n],
  'branch-misses': [hardware, 5n],
  'bus-cycles': [hardware, 6n],
  'stalled-cycles-frontend': [hardware, 7n],
  'stalled-cycles-backend': [hardware, 8n],
  'ref-cycles': [hardware, 9n],
  'cpu-clock': [software, 0n],
  'task-clock': [software, 1n],
  'page-faults': [software, 2n],
  'context-switches': [software, 3n],
  'cpu-migrations': [software, 4n],
  'minor-faults': [software, 5n],
  'major-faults': [software, 6n],
  'alignment-faults': [software, 7n],
  'emulation-faults': [software, 8n],
  'cgroup-switches': [software, 11n],
} as const

/** The name of a generic event, as in `perf list`. Virtual machines often lack the hardware events. */
export type PerfEventName = keyof typeof events

interface Attached {
  /** The value that `bpf_get_attach_cookie` returns in the program. Linux 5.15. */
  readonly cookie?: bigint
}

interface Sampled extends Attached {
  /** The thread to sample, on any CPU unless `cpu` is given. Default: everything that runs on `cpu`. */
  readonly pid?: number
  /** The CPU to sample. Required without `pid`: an event counts on one CPU, so sampling a whole machine takes one link per CPU. */
  readonly cpu?: number
  /** Runs the program about this many times per second, at most `kernel.perf_event_max_sample_rate`. */
  readonly frequency?: number
  /** Runs the program once per this many events; for clocks, per this many nanoseconds. */
  readonly period?: number
  /** Does not count while the CPU runs user-space code. Default: false. */
  readonly excludeUser?: boolean
  /** Does not count while the CPU runs kernel code. Default: false. */
  readonly excludeKernel?: boolean
}

/**
 * The perf event: by name, by the numbers of `struct perf_event_attr`, or by the descriptor of an open event. The link then owns a
 * duplicate of the descriptor, and disables the event when the link is closed.
 */
export type PerfEventOptions =
  | (Sampled & {
      /** The name of the event. */
      readonly event: PerfEventName
    })
  | (Sampled & {
      /** The type of the event: PERF_TYPE_*, or the number in `/sys/bus/event_source/devices/NAME/type`. */
      readonly type: number
      /** The event of that type: `config` of `struct perf_event_attr`. */
      readonly config: number | bigint
    })
  | (Attached & {
      /** The descriptor of an open perf event. */
      readonly fd: number
    })

const perfEventOptions: OptionNames<PerfEventOptions> = {
  event: true,
  type: true,
  config: true,
  fd: true,
  pid: true,
  cpu: true,
  frequency: true,
  period: true,
  excludeUser: true,
  excludeKernel: true,
  cookie: true,
}

/** The options as the addon reads them: an event of a name has its numbers. */
type NativePerfEvent =
  | (Sampled & { readonly type: number; readonly config: bigint })
  | Extract<PerfEventOptions, { fd: number }>

export function attachPerfEvent(program: Attachable, options: PerfEventOptions): Link {
  return attach<NativePerfEvent>(program, 'perf_event', nativeOptions(options))
}

function nativeOptions(options: PerfEventOptions): NativePerfEvent {
  requireOptions(options, perfEventOptions)
  if ('fd' in options) return options
  const { pid, cpu, frequency, period } = options
  if ((frequency === undefined) === (period === undefined)) {
    throw new TypeError('a perf event needs either a frequency or a period: without one its program would never run')
  }
  if (pid === undefined && cpu === undefined) throw new TypeError('a perf event needs a pid, a cpu, or both')
  if (!('event' in options)) return { ...options, config: configOf(options.config) }
  const { event, ...sampled } = options
  if (!isKeyOf(events, event)) {
    throw new RangeError(`there is no perf event named ${show(event)}; the names are ${Object.keys(events).join(', ')}`)
  }
  const [type, config] = events[event]
  return { ...sampled, type, config }
}

function configOf(config: number | bigint): bigint {
  return typeof config === 'bigint' ? config : BigInt(requireInteger(config, 'config'))
}
