import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { originsOf } from './origins.mjs'
import { sources } from './sources.mjs'
import { install, installHeaders, isInstalled, removeOthers } from './tree.mjs'

/** Puts the verified sources into libbpf/source. Needs only Node, tar, bzip2 and, where upstream is out of reach, apt. */

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf')
mkdirSync(cache, { recursive: true })

removeOthers(sources)
const missing = sources.filter((source) => !isInstalled(source) && !fromCache(source))
await Promise.all(missing.map(download))
if (!process.exitCode) installHeaders()

function archiveOf({ name, version, upstream }) {
  return join(cache, `${name}-${version}${/\.tar\.\w+$/.exec(upstream)}`)
}

function fromCache(source) {
  const archive = archiveOf(source)
  if (!existsSync(archive)) return false
  try {
    install(source, archive)
    return true
  } catch (error) {
    console.error(`${archive}: ${reason(error)}; downloading again`)
    return false
  }
}

async function download(source) {
  const archive = archiveOf(source)
  const partial = `${archive}.${process.pid}`
  const failures = []
  for (const origin of originsOf(source)) {
    try {
      writeFileSync(partial, await origin.download())
      install(source, partial)
      renameSync(partial, archive)
      return
    } catch (error) {
      failures.push(`  ${origin.name}: ${reason(error)}`)
    } finally {
      rmSync(partial, { force: true })
    }
  }
  console.error(`${source.name} ${source.version} could not be obtained:\n${failures.join('\n')}`)
  process.exitCode = 1
}

function reason(error) {
  return error.stderr?.toString().trim() || error.cause?.message || error.message
}
