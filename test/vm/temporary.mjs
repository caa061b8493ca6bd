import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const folders = new Set()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const day = 24 * 60 * 60 * 1000

/**
 * A new folder whose path begins with `prefix`. It goes with `remove()`, at the process's end or when a signal ends it;
 * one that was left by a process that could do neither goes a day later, when the next is made.
 */
export function temporaryFolder(prefix) {
  sweep(prefix)
  const path = mkdtempSync(prefix)
  if (folders.size === 0) listen('on')
  folders.add(path)
  const remove = () => {
    rmSync(path, { recursive: true, force: true })
    if (folders.delete(path) && folders.size === 0) listen('off')
  }
  return { path, remove }
}

function sweep(prefix) {
  for (const name of readdirSync(dirname(prefix))) {
    const path = join(dirname(prefix), name)
    if (path.startsWith(prefix) && statSync(path).mtimeMs < Date.now() - day) rmSync(path, { recursive: true })
  }
}

function listen(change) {
  process[change]('exit', removeAll)
  for (const signal of signals) process[change](signal, end)
}

function removeAll() {
  for (const path of folders) rmSync(path, { recursive: true, force: true })
}

/** The signal ends the process, as it does without a listener, once the folders are gone. */
function end(signal) {
  listen('off')
  removeAll()
  process.kill(process.pid, signal)
}
