import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from './temporary.mjs'
import { userCache } from './user-cache.mjs'

/** A folder of the user's cache. The first time `make` is called with another one, to put it together in; it resolves to what is kept. */
export async function cached(name, make) {
  const target = join(userCache, name)
  if (existsSync(target)) return target
  const work = workFolder(name)
  try {
    renameSync(await make(work.path), target)
  } catch (error) {
    // Another process was faster; what it made is the same.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  } finally {
    work.remove()
  }
  return target
}

/** An empty folder in the cache, beside `name`: only within one file system does a folder get its name in one step. */
export function workFolder(name) {
  const target = join(userCache, name)
  mkdirSync(dirname(target), { recursive: true })
  return temporaryFolder(join(dirname(target), '.work-'))
}
