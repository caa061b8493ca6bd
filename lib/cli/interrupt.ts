import { constants } from 'node:os'

/** npm passes on a Ctrl-C that the terminal has sent to us as well; two within this time are one. */
const doubled = 1000

export interface Interruption {
  readonly signal: AbortSignal
  /** What Ctrl-C does. */
  stop(): void
}

/**
 * A signal that Ctrl-C, `kill`, a terminal that is closed and a reader that has gone away (`| head`) abort, so that what was attached
 * is detached. A second Ctrl-C ends the process at once.
 */
export function interruption(): Interruption {
  const controller = new AbortController()
  let first = Number.POSITIVE_INFINITY
  const onSignal = (name: NodeJS.Signals) => {
    if (performance.now() - first > doubled) process.exit(128 + constants.signals[name])
    first = Math.min(first, performance.now())
    controller.abort(name)
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // EIO is what a terminal says that is no more.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    controller.abort(error.code)
  })
  return { signal: controller.signal, stop: () => onSignal('SIGINT') }
}
