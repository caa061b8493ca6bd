import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

const folders = new Set()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
// Another container that shares the file system has its own processes with the same ids.
const [processes] = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))

/**
 * Makes a folder whose path begins with `prefix`. It is removed by `remove()`, at the end of the process, or when a signal ends it.
 * A folder that a killed process left is removed when the next one is made: the name says which process made it.
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

/** Removes the folder and its contents, except mounted file systems, which are not its own. rm itself reports what it cannot remove. */
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

/** Removes the folders; then the signal ends the process, as it would without a listener. */
function end(signal) {
  listen('off')
  removeAll()
  process.kill(process.pid, signal)
}
