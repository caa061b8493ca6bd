import { type OptionNames, requireNumber, requireObject, requireSignal, show } from '../../arguments.js'
import { isPassing } from '../../internal/passing.js'

// What Node's timers hold.
const maxTimer = 0x7fff_ffff

/** How often a snapshot is tried again, and after how many milliseconds the last one is. */
const mostFailures = 5
const pause = 200

/** What every monitor is: snapshots on demand, a last one that stops it, and a close that gives everything back. */
export interface Monitor<S> {
  /** What happened since the last snapshot. */
  snapshot(): Promise<S>
  /** Detaches, then returns what happened until then: the last snapshot. */
  stop(): Promise<S>
  close(): void
  /** Why nothing comes any more; undefined as long as something may. */
  readonly ended?: Error | undefined
}

export interface SnapshotOptions {
  /** Milliseconds between snapshots. Default: 1000. */
  readonly interval?: number
  /** Milliseconds until the first snapshot, where that is sooner: to show something at once. Default: `interval`. */
  readonly first?: number
  /** Milliseconds after which the monitor stops. Default: never. */
  readonly duration?: number
  /** Stops the monitor: the last snapshot is still yielded, then the iteration ends without an error. */
  readonly signal?: AbortSignal
}

/** A monitor accepts these, too: `monitorFlows` and the like pass it the options that they got. */
export const snapshotNames: OptionNames<SnapshotOptions> = { interval: true, first: true, duration: true, signal: true }

/**
 * Yields a snapshot each interval and a last one at the end; leaving the loop early closes the monitor. One that fails for want of
 * descriptors or memory is left out with a warning, and what it would have had is in the next; the sixth failure in a row is thrown.
 */
export async function* snapshots<S>(
  open: () => Promise<Monitor<S>>,
  options: SnapshotOptions,
): AsyncGenerator<S, void, undefined> {
  const { interval = 1000, duration = Number.POSITIVE_INFINITY, signal } = requireObject(options)
  const { first = interval } = options
  requireSignal(signal)
  for (const [name, ms] of Object.entries({ interval, first }))
    if (!(requireNumber(ms, name) > 0 && ms <= maxTimer))
      throw new RangeError(`${name} must be 1 to ${maxTimer} ms, not ${show(ms)}`)
  if (!(requireNumber(duration, 'duration') > 0))
    throw new RangeError(`duration must be a positive number of milliseconds, not ${show(duration)}`)
  const monitor = await open()
  let failures = 0
  const attempt = async (take: () => Promise<S>): Promise<{ snapshot: S } | undefined> => {
    try {
      const snapshot = await take()
      failures = 0
      return { snapshot }
    } catch (error) {
      if (!isPassing(error) || ++failures > mostFailures) throw error
      process.emitWarning(`a snapshot failed, and what it had is in the next one: ${error.message}`, 'BpfWarning')
      return undefined
    }
  }
  try {
    const start = performance.now()
    for (
      let due = Math.min(first, interval);
      !signal?.aborted;
      due = dueAfter(due, performance.now() - start, interval)
    ) {
      const elapsed = performance.now() - start
      const next = Math.min(Math.max(due, elapsed), duration)
      await sleep(next - elapsed, signal)
      if (next >= duration) break
      if (signal?.aborted || monitor.ended) break
      const taken = await attempt(() => monitor.snapshot())
      if (taken) yield taken.snapshot
    }
    let last = await attempt(() => monitor.stop())
    while (!last) {
      await sleep(pause, undefined)
      last = await attempt(() => monitor.stop())
    }
    yield last.snapshot
    if (monitor.ended && !signal?.aborted) throw monitor.ended
  } finally {
    monitor.close()
  }
}

/** The next multiple of `interval`. Those that passed while nobody asked for them are left out: the next snapshot has all of it. */
const dueAfter = (due: number, elapsed: number, interval: number) =>
  interval * (Math.floor(Math.max(due, elapsed) / interval) + 1)

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
    if (signal?.aborted) done()
  })
}
