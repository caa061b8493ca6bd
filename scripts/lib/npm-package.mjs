import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from './cache.mjs'
import { Failure, run } from './run.mjs'

/**
 * An npm package in a folder of the user's cache. It is downloaded and verified the first time. `integrity` is the checksum of the
 * archive; `paths` are the paths to keep.
 */
export const npmPackage = ({ name, version, integrity, folder, paths = [] }) =>
  cached(folder, async (work) => {
    const [archive] = JSON.parse(
      await run('npm', ['pack', `${name}@${version}`, '--silent', '--json', '--pack-destination', work]),
    )
    const file = join(work, archive.filename)
    const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (found !== integrity) throw new Failure(`${name}@${version} is ${found}, not ${integrity}`)
    await run('tar', ['-xzf', file, '-C', work, ...paths.map((path) => `package/${path}`)])
    return join(work, 'package')
  })
