import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

const folders = new Set()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
// Another container that shares the file system has processes of its own with the same numbers.
const [processes] = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))

/**
 * A new folder whose path begins with `prefix`. It goes with `remove()`, at the process's end or when a signal ends it.
 * One that a killed process left goes when the next is made: the name tells whose it was.
 */
export function temporaryFolder(prefix) {
  const own = `${prefix}${processes}-`
  sweep(own)
  const path = mkdtempSync(`${own}${process.pid}-`)
  if (folders.size === 0) listen('on')
  folders.add(path)
  const remove = () => {
    erase(path)
    if (folders.delete(path) && folders.size === 0) listen('off')
  }
  return { path, remove }
}

function sweep(own) {
  for (const name of readdirSync(dirname(own))) {
    const path = join(dirname(own), name)
    if (path.startsWith(own) && !isAlive(Number.parseInt(path.slice(own.length), 10))) {
      erase(path)
    }
  }
}

/** With all that is in it, but for what is mounted there: that is not its own. What stays is told of by rm itself. */
function erase(path) {
  spawnSync('rm', ['-rf', '--one-file-system', path], { stdio: 'inherit' })
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function listen(change) {
  process[change]('exit', removeAll)
  for (const signal of signals) process[change](signal, end)
}

function removeAll() {
  for (const path of folders) erase(path)
}

/** The signal ends the process, as it does without a listener, once the folders are gone. */
function end(signal) {
  listen('off')
  removeAll()
  process.kill(process.pid, signal)
}
