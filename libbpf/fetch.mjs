import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { origins, version } from './origins.mjs'
import { install, isInstalled } from './tree.mjs'

/** Puts the verified source of libbpf into libbpf/source. Needs only Node, tar and, without GitHub, apt. */

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ebpf')
const archive = join(cache, `libbpf-${version}.tar.gz`)

if (!isInstalled() && !fromCache()) await download()

function fromCache() {
  if (!existsSync(archive)) return false
  try {
    install(archive)
    return true
  } catch (error) {
    console.error(`${archive}: ${reason(error)}; downloading again`)
    return false
  }
}

async function download() {
  mkdirSync(cache, { recursive: true })
  const partial = `${archive}.${process.pid}`
  const failures = []
  for (const origin of origins()) {
    try {
      writeFileSync(partial, await origin.download())
      install(partial)
      renameSync(partial, archive)
      return
    } catch (error) {
      rmSync(partial, { force: true })
      failures.push(`  ${origin.name}: ${reason(error)}`)
    }
  }
  console.error(`libbpf ${version} could not be obtained:\n${failures.join('\n')}`)
  process.exitCode = 1
}

function reason(error) {
  return error.stderr?.toString().trim() || error.cause?.message || error.message
}
