/** A signal that Ctrl-C and `kill` abort, once: a second Ctrl-C ends the process as it would without us. */
export function interrupted(): AbortSignal {
  const controller = new AbortController()
  const abort = (name: NodeJS.Signals) => {
    controller.abort(name)
    process.off('SIGINT', abort)
    process.off('SIGTERM', abort)
  }
  process.on('SIGINT', abort)
  process.on('SIGTERM', abort)
  return controller.signal
}
