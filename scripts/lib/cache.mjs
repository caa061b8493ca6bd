import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from './run.mjs'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf')

/** A folder of the user's cache. The first time `make` is called with another one, to put it together in; it resolves to what is kept. */
export async function cached(name, make) {
  const target = join(cache, name)
  if (existsSync(target)) return target
  const work = workFolder(name)
  try {
    renameSync(await make(work.path), target)
  } catch (error) {
    // Another process was faster; what it made is the same.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  } finally {
    await work.remove()
  }
  return target
}

/** An empty folder in the cache, beside `name`: only within one file system does a folder get its name in one step. */
export function workFolder(name) {
  const target = join(cache, name)
  mkdirSync(dirname(target), { recursive: true })
  const path = mkdtempSync(join(dirname(target), '.work-'))
  // What is still mounted in it is not its own.
  return { path, remove: () => run('rm', ['-rf', '--one-file-system', path]) }
}
