import { type OptionNames, requireNumber, requireObject, requireSignal, show } from '../../arguments.js'
import { isPassing } from '../../internal/passing.js'

// The longest timeout that Node's timers support.
const maxTimer = 0x7fff_ffff

/** How many failures in a row are retried, and the pause in milliseconds before the last snapshot is retried. */
const mostFailures = 5
const pause = 200

/** What every monitor offers: snapshots on demand, a last one that stops it, and `close`, which releases everything. */
export interface Monitor<S> {
  /** What happened since the last snapshot. */
  snapshot(): Promise<S>
  /** Detaches, then returns what happened until then: the last snapshot. */
  stop(): Promise<S>
  /** Detaches, and releases everything, without a last snapshot. */
  close(): void
  /** Why nothing more will come; undefined as long as something may. */
  readonly ended?: Error | undefined
}

/** Options of `monitorFlows` and `monitorTcp` that set when snapshots are taken. */
export interface SnapshotOptions {
  /** Milliseconds between snapshots. Default: 1000. */
  readonly interval?: number
  /** Milliseconds until the first snapshot, if that is sooner: useful to show something at once. Default: `interval`. */
  readonly first?: number
  /** Milliseconds after which the monitor stops. Default: never. */
  readonly duration?: number
  /** Stops the monitor: the last snapshot is still yielded, then the iteration ends without an error. */
  readonly signal?: AbortSignal
}

/** Monitors accept these too, because `monitorFlows` and the like pass on all options they got. */
export const snapshotNames: OptionNames<SnapshotOptions> = { interval: true, first: true, duration: true, signal: true }

/**
 * Yields a snapshot per interval and a last one at the end; leaving the loop early closes the monitor. If a snapshot fails for lack of
 * descriptors or memory, it is skipped with a warning, and the next one includes its data; the sixth failure in a row is thrown.
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

/** The next multiple of `interval`. Multiples that passed while nobody asked are skipped: the next snapshot covers that time. */
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
