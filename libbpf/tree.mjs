import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fixes } from './fixes.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const treeOf = ({ name }) => join(here, 'source', name)

/** What C++ and BPF programs include as <bpf/...>: the headers that libbpf installs. */
const publicHeaders =
  /^(bpf|btf|libbpf(_common|_legacy|_version)?|bpf_(helpers|helper_defs|tracing|endian|core_read)|usdt\.bpf)\.h$/

/** What an older version of this script, or an interrupted run, has left: it would become a part of the package. */
export function removeOthers(sources) {
  const folder = join(here, 'source')
  mkdirSync(folder, { recursive: true })
  const names = sources.map(({ name }) => name)
  for (const name of readdirSync(folder)) {
    if (!names.includes(name)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

export function isInstalled(source) {
  try {
    return checksum(treeOf(source)) === source.sha256
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** Verifies beside the target and only then takes its place, so that an interrupted run leaves no half tree. */
export function install(source, archive) {
  const target = treeOf(source)
  const staging = `${target}.${process.pid}`
  try {
    unpack(source, archive, staging)
    const sha256 = checksum(staging)
    if (sha256 !== source.sha256) {
      throw new Error(`not ${source.name} ${source.version}: its checksum is ${sha256}, not ${source.sha256}`)
    }
    rmSync(target, { recursive: true, force: true })
    renameSync(staging, target)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** The headers as programs include them, in `include/bpf/`. */
export function installHeaders() {
  const from = join(here, 'source/libbpf/src')
  const to = join(here, 'include/bpf')
  rmSync(to, { recursive: true, force: true })
  for (const name of readdirSync(from).filter((name) => publicHeaders.test(name)))
    cpSync(join(from, name), join(to, name))
}

function unpack({ name, keep }, archive, tree) {
  const whole = `${tree}.whole`
  mkdirSync(whole, { recursive: true })
  try {
    // Whatever compressed it, tar finds out.
    execFileSync('tar', ['-xf', archive, '--strip-components=1', '-C', whole], { stdio: 'pipe' })
    for (const path of filesOf(whole).filter((path) => keep.test(path))) cpSync(join(whole, path), join(tree, path))
  } finally {
    rmSync(whole, { recursive: true, force: true })
  }
  for (const { file, from, to } of fixes[name] ?? []) {
    const path = join(tree, file)
    const parts = readFileSync(path, 'utf8').split(from)
    if (parts.length !== 2) {
      throw new Error(
        `a fix in fixes.mjs expects these lines once in ${file}, which has them ${parts.length - 1} times:\n${from}`,
      )
    }
    writeFileSync(path, parts.join(to))
  }
}

function checksum(tree) {
  const sha256 = (data) => createHash('sha256').update(data).digest('hex')
  const lines = filesOf(tree).map((path) => `${path} ${sha256(readFileSync(join(tree, path)))}\n`)
  return sha256(lines.sort().join(''))
}

const filesOf = (tree) => readdirSync(tree, { recursive: true }).filter((path) => lstatSync(join(tree, path)).isFile())
