import { isKeyOf, type OptionNames, requireInteger, requireOptions, show } from '../../arguments.js'
import type { NativeAttachOptions } from '../../internal/attach-options.js'
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

/** An event that every machine has a name for; virtual machines often lack the hardware ones. */
export type PerfEventName = keyof typeof events

interface Attached {
  /** What `bpf_get_attach_cookie` returns. Linux 5.15. */
  readonly cookie?: bigint
}

interface Sampled extends Attached {
  /** A thread, on any CPU unless `cpu` is given. Default: everything that runs on `cpu`. */
  readonly pid?: number
  /** Needed without `pid`: one event counts on one CPU, so a whole machine is one link for each. */
  readonly cpu?: number
  /** The program runs about so many times a second, at most `kernel.perf_event_max_sample_rate`. */
  readonly frequency?: number
  /** The program runs every so many events; for clocks these are nanoseconds. */
  readonly period?: number
  /** Counts nothing while a process runs its own code. Default: false. */
  readonly excludeUser?: boolean
  /** Counts nothing while the kernel runs. Default: false. */
  readonly excludeKernel?: boolean
}

/**
 * By its name, by the numbers of `struct perf_event_attr`, or an open event's descriptor: the link owns a duplicate of it, and
 * disables the event when it is closed.
 */
export type PerfEventOptions =
  | (Sampled & { readonly event: PerfEventName })
  | (Sampled & { readonly type: number; readonly config: number | bigint })
  | (Attached & { readonly fd: number })

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

export function attachPerfEvent(program: Attachable, options: PerfEventOptions): Link {
  return attach(program, 'perf_event', nativeOptions(options))
}

function nativeOptions(options: PerfEventOptions): NativeAttachOptions['perf_event'] {
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
    throw new RangeError(`no perf event is named ${show(event)}; named are ${Object.keys(events).join(', ')}`)
  }
  const [type, config] = events[event]
  return { ...sampled, type, config }
}

function configOf(config: number | bigint): bigint {
  return typeof config === 'bigint' ? config : BigInt(requireInteger(config, 'config'))
}
