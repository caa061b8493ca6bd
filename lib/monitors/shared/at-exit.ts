const closers = new Set<() => void>()

/** Calls `close` when the process ends by process.exit() or by an uncaught error, unless the result is disposed of before. */
export function atExit(close: () => void): Disposable {
  // One listener for all: Node warns of a leak if there are more than ten.
  if (closers.size === 0) process.on('exit', closeAll)
  closers.add(close)
  return {
    [Symbol.dispose]() {
      if (closers.delete(close) && closers.size === 0) process.off('exit', closeAll)
    },
  }
}

function closeAll(): void {
  for (const close of [...closers]) {
    try {
      close()
    } catch {
      // The process is ending, and the other closers must run too.
    }
  }
}
