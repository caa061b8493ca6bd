import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type OptionNames, requireFunction, requireOptions, requireSignal, requireText, show } from '../arguments.js'
import { LoopTurns } from '../internal/loop-turns.js'
import { requireLinux } from '../internal/require-linux.js'
import { systemError } from '../internal/system-error.js'
import { requiring } from '../kernel/features.js'
import { type Path, pathOf } from '../path.js'

/** A message from the trace pipe. */
export interface TraceRecord {
  /** The thread's name, at most 15 bytes; `<...>` if the kernel no longer knows it. */
  readonly task: string
  /** The thread's id. */
  readonly pid: number
  /** The CPU that it was written on. */
  readonly cpu: number
  /** The context in which it was written, such as `d..31`; the header of tracefs's `trace` file explains it. */
  readonly flags: string
  /** Seconds on the trace clock, which counts from boot by default. */
  readonly timestamp: number
  /** The event, `bpf_trace_printk`; empty if the kernel leaves it out. */
  readonly event: string
  /** What the program printed, without the trailing newline. */
  readonly message: string
}

/** Options for `tracePipe`. */
export interface TracePipeOptions {
  /** Ends the iteration when aborted, without an error. */
  readonly signal?: AbortSignal
  /** Milliseconds between two reads of the pipe while it is empty. Default: 50. */
  readonly interval?: number
  /** Called if the kernel overwrote lines before they were read, with the CPU and, if the kernel reports it, the number of lines. */
  readonly onLost?: (cpu: number, lines: number | undefined) => void
  /** The pipe of a tracing instance. Default: that of tracefs itself, to which `bpf_trace_printk` writes. */
  readonly path?: Path
}

const tracePipeOptions: OptionNames<TracePipeOptions> = { signal: true, interval: true, onLost: true, path: true }

/**
 * Reads what all programs on the machine print with `bpf_printk`. A line goes to one reader only: reading it removes it for everyone else.
 * The pipe is read without blocking, at an interval: how full the trace buffer must be before it wakes a reader is a setting
 * (`buffer_percent`) and differs between kernels. Use this for debugging; use a ring buffer for events that must not get lost.
 *
 * @throws {NotSupportedError} if tracefs is not mounted.
 */
export async function* tracePipe(options: TracePipeOptions = {}): AsyncGenerator<TraceRecord, void, undefined> {
  const { signal, interval = 50, onLost, path = defaultPath() } = requireOptions(options, tracePipeOptions)
  requireSignal(signal)
  if (onLost !== undefined) requireFunction(onLost, 'onLost')
  if (typeof interval !== 'number' || !(interval >= 0 && interval <= 0x7fff_ffff)) {
    throw new RangeError(`interval must be a number of milliseconds, not ${show(interval)}`)
  }
  requireLinux('read the trace pipe')
  const fd = requiring('tracefs', () => openPipe(requireText(pathOf(path), 'path')))
  try {
    const buffer = Buffer.alloc(65_536)
    const turns = new LoopTurns()
    let rest = ''
    while (!signal?.aborted) {
      const bytes = readNow(fd, buffer)
      if (bytes === 0) {
        await sleep(interval, undefined, signal ? { signal } : {}).catch(() => {})
        continue
      }
      // Records are never split, but a message may have several lines.
      const lines = (rest + buffer.toString('utf8', 0, bytes)).split('\n')
      rest = lines.pop() ?? ''
      for (const record of recordsOf(lines, onLost)) {
        yield record
        if (turns.due) await turns.take()
      }
      // Programs may print faster than this reads: there would always be something, and nothing else would get its turn.
      await turns.take()
    }
  } finally {
    closeSync(fd)
  }
}

function defaultPath(): string {
  const paths = ['/sys/kernel/tracing/trace_pipe', '/sys/kernel/debug/tracing/trace_pipe'] as const
  return paths.find((path) => existsSync(path)) ?? paths[0]
}

function openPipe(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw systemError(error, `open ${path}`)
  }
}

/** Returns the number of bytes read; 0 if there is nothing now. */
function readNow(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, null)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw systemError(error, 'read the trace pipe')
  }
}

// kernel/trace/trace_output.c, trace_print_context: `            node-1234    [001] d..31  1234.567890: bpf_trace_printk: message`
const headed = /^\s*(.{1,16}?)-(\d+)\s+(?:\([\s\d-]+\)\s+)?\[(\d+)\]\s+(\S+)\s+(\d+(?:\.\d+)?): (?:(\w+): )?(.*)$/
// kernel/trace/trace.c: what the pipe reports if programs print faster than it is read
const lostEvents = /^CPU:(\d+) \[LOST (?:(\d+) )?EVENTS\]$/

function* recordsOf(lines: readonly string[], onLost: TracePipeOptions['onLost']): Generator<TraceRecord> {
  let record: { -readonly [Field in keyof TraceRecord]: TraceRecord[Field] } | undefined
  for (const line of lines) {
    const lost = lostEvents.exec(line)
    if (lost) {
      onLost?.(Number(lost[1]), lost[2] === undefined ? undefined : Number(lost[2]))
      continue
    }
    const [, task, pid, cpu, flags, timestamp, event, message] = headed.exec(line) ?? []
    if (task === undefined) {
      // A further line of a message with several lines.
      if (record) record.message += `\n${line}`
      continue
    }
    if (record) yield withoutNewline(record)
    record = {
      task,
      pid: Number(pid),
      cpu: Number(cpu),
      flags: flags ?? '',
      timestamp: Number(timestamp),
      event: event ?? '',
      message: message ?? '',
    }
  }
  if (record) yield withoutNewline(record)
}

/** The kernel ends a message with a newline, and many programs add their own. */
const withoutNewline = (record: TraceRecord): TraceRecord => ({ ...record, message: record.message.replace(/\n$/, '') })
