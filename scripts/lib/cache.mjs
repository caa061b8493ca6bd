import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from './temporary.mjs'
import { userCache } from './user-cache.mjs'

/** A folder of the user's cache. The first time, `make` gets a temporary folder to work in and resolves to the folder to keep. */
export async function cached(name, make) {
  const target = join(userCache, name)
  if (existsSync(target)) return target
  const work = workFolder(name)
  try {
    renameSync(await make(work.path), target)
  } catch (error) {
    // Another process was faster; its result is the same.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  } finally {
    work.remove()
  }
  return target
}

/** An empty folder in the cache, beside `name`: a folder can be renamed in one step only within one file system. */
export function workFolder(name) {
  const target = join(userCache, name)
  mkdirSync(dirname(target), { recursive: true })
  return temporaryFolder(join(dirname(target), '.work-'))
}
