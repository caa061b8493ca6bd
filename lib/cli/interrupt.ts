/** npm passes on a Ctrl-C that the terminal has sent to us as well; two within this time are one. */
const doubled = 1000

/**
 * A signal that Ctrl-C, `kill` and a reader that has gone away (`| head`) abort, so that what was attached is detached. A second
 * Ctrl-C ends the process as it would without us.
 */
export function interrupted(): AbortSignal {
  const controller = new AbortController()
  let first = Number.POSITIVE_INFINITY
  const onSignal = (name: NodeJS.Signals) => {
    if (Date.now() - first > doubled) {
      process.removeAllListeners(name)
      process.kill(process.pid, name)
    }
    first = Math.min(first, Date.now())
    controller.abort(name)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    controller.abort(error.code)
  })
  return controller.signal
}
