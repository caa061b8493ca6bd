import { constants } from 'node:os'

/** npm passes on a Ctrl-C that the terminal has sent to us as well; two within this time are one. */
const doubled = 1000

/** All that ends a process by default and that somebody sends on purpose, but SIGUSR1, which starts Node's debugger, and SIGKILL. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGALRM', 'SIGUSR2', 'SIGXCPU'] as const

export interface Interruption {
  readonly signal: AbortSignal
  /** What Ctrl-C does. */
  stop(): void
}

/** The process, or what a test has in its place. */
interface Host {
  on(signal: (typeof ending)[number], listener: (name: NodeJS.Signals) => void): unknown
  exit(status: number): void
  readonly stdout: { on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown }
}

/**
 * A signal that Ctrl-C, `kill`, a terminal that is closed and a reader that has gone away (`| head`) abort, so that what was attached
 * is detached. So does a disk that is full; `reportOutputErrors` says so. A second Ctrl-C ends the process at once.
 */
export function interruption(host: Host = process, now = () => performance.now()): Interruption {
  const controller = new AbortController()
  let first = Number.POSITIVE_INFINITY
  const onSignal = (name: NodeJS.Signals) => {
    if (now() - first > doubled) host.exit(128 + constants.signals[name])
    first = Math.min(first, now())
    controller.abort(name)
  }
  for (const name of ending) host.on(name, onSignal)
  host.stdout.on('error', ({ code }) => controller.abort(code))
  return { signal: controller.signal, stop: () => onSignal('SIGINT') }
}
