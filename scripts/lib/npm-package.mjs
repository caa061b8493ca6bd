import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure, run } from './run.mjs'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf')

/**
 * A package of npm's in a folder of the user's cache, verified when it is downloaded, the first time. `integrity` is the checksum of the
 * archive; `paths` are what is kept of it.
 */
export async function npmPackage({ name, version, integrity, folder, paths = [] }) {
  const target = join(cache, folder)
  if (existsSync(target)) return target

  mkdirSync(dirname(target), { recursive: true })
  // In the cache itself: only within one file system does a folder get its name in one step.
  const work = mkdtempSync(join(dirname(target), '.partial-'))
  try {
    const [archive] = JSON.parse(
      await run('npm', ['pack', `${name}@${version}`, '--silent', '--json', '--pack-destination', work]),
    )
    const file = join(work, archive.filename)
    const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (found !== integrity) throw new Failure(`${name}@${version} is ${found}, not ${integrity}`)
    await run('tar', ['-xzf', file, '-C', work, ...paths.map((path) => `package/${path}`)])
    renameSync(join(work, 'package'), target)
  } catch (error) {
    // Another process was faster; what it made is the same.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return target
}
