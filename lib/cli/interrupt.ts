import { constants } from 'node:os'

/** npm forwards a Ctrl-C that the terminal has sent to us as well; two within this time count as one. */
const doubled = 1000

/** All signals that end a process by default and are sent on purpose, except SIGUSR1, which starts Node's debugger, and SIGKILL. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGALRM', 'SIGUSR2', 'SIGXCPU'] as const

export interface Interruption {
  readonly signal: AbortSignal
  /** Does what Ctrl-C does. */
  stop(): void
}

/** The process, or a test's replacement for it. */
interface Host {
  on(signal: (typeof ending)[number], listener: (name: NodeJS.Signals) => void): unknown
  exit(status: number): void
  readonly stdout: { on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown }
}

/**
 * A signal that is aborted by Ctrl-C, `kill`, a closed terminal and a reader that has gone away (`| head`), so that everything attached
 * is detached. A full disk aborts it too; `reportOutputErrors` reports that. A second Ctrl-C ends the process at once.
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
