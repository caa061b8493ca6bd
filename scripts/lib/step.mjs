import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { done } from './print.mjs'
import { inRoot } from './root.mjs'
import { Failure } from './run.mjs'

/**
 * Does a piece of the build unless it is up to date: its inputs (files, or folders with everything in them) have the same
 * contents, and its options the same values, as when it last succeeded, and its outputs are still there. Contents
 * decide, not times: a checkout touches every file.
 */
export async function step({ name, inputs, options = {}, outputs, run }) {
  const stamp = inRoot(join('.cache/stamps', name))
  const digest = digestOf(inputs, options)
  const missing = () => outputs.filter((output) => !existsSync(inRoot(output)))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest && missing().length === 0) return

  rmSync(stamp, { force: true })
  const start = performance.now()
  try {
    await run()
  } catch (error) {
    throw new Failure(`${name} failed\n${error instanceof Failure ? error.message : error.stack}`)
  }
  if (missing().length > 0) throw new Failure(`${name} did not make ${missing().join(', ')}`)
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
  done(name, performance.now() - start)
}

function digestOf(inputs, options) {
  const hash = createHash('sha256').update(JSON.stringify(options))
  for (const file of inputs.flatMap(filesUnder).sort()) {
    const content = readFileSync(inRoot(file))
    hash.update(`\0${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** The file itself, or every file in the folder; empty if the path does not exist. */
export function filesUnder(path) {
  if (!existsSync(inRoot(path))) return []
  if (statSync(inRoot(path)).isFile()) return [path]
  return readdirSync(inRoot(path), { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .flatMap((entry) => filesUnder(join(path, entry.name)))
}
