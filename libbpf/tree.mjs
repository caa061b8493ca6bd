import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { version } from './origins.mjs'

/** SHA-256 over the lines `path sha256` of every file that `unpack` leaves, sorted by path. */
const treeSha256 = '99158d7db180be007b86920bfe79e7bde7d95aa289027bdc648ae353b2f8b945'

const target = join(dirname(fileURLToPath(import.meta.url)), 'source')

/** What C++ and BPF programs include as <bpf/...>: the headers that libbpf installs. */
const publicHeaders =
  /^(bpf|btf|libbpf(_common|_legacy|_version)?|bpf_(helpers|helper_defs|tracing|endian|core_read)|usdt\.bpf)\.h$/

const fixes = [
  // CVE-2025-29481: a crafted object made libbpf read outside it. Upstream's one line, which Debian carries too.
  {
    file: 'src/libbpf.c',
    from: 'if (sec_off + prog_sz > sec_sz) {',
    to: 'if (sec_off + prog_sz > sec_sz || sec_off + prog_sz < sec_off) {',
  },
  // The same in a struct_ops section, where the sum of 32 bits wraps, and one of type NOBITS, which has no bytes.
  {
    file: 'src/libbpf.c',
    from: 'if (vsi->offset + type->size > data->d_size) {',
    to: 'if (!data->d_buf || (__u64)vsi->offset + type->size > data->d_size) {',
  },
]

export function isInstalled() {
  try {
    return checksum(target) === treeSha256
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** Verifies beside the target and only then takes its place, so that an interrupted run leaves no half tree. */
export function install(archive) {
  const staging = `${target}.${process.pid}`
  try {
    unpack(archive, staging)
    const sha256 = checksum(staging)
    if (sha256 !== treeSha256) throw new Error(`not libbpf ${version}: its checksum is ${sha256}, not ${treeSha256}`)
    rmSync(target, { recursive: true, force: true })
    renameSync(staging, target)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function unpack(archive, tree) {
  mkdirSync(tree)
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', tree], { stdio: 'pipe' })
  for (const name of readdirSync(tree)) {
    if (!/^(src|include|LICENSE.*)$/.test(name)) rmSync(join(tree, name), { recursive: true })
  }
  for (const { file, from, to } of fixes) {
    const path = join(tree, file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
  }
  const sources = join(tree, 'src')
  mkdirSync(join(sources, 'bpf'))
  for (const name of readdirSync(sources).filter((name) => publicHeaders.test(name))) {
    copyFileSync(join(sources, name), join(sources, 'bpf', name))
  }
}

function checksum(tree) {
  const sha256 = (data) => createHash('sha256').update(data).digest('hex')
  const files = readdirSync(tree, { recursive: true }).filter((path) => statSync(join(tree, path)).isFile())
  return sha256(
    files
      .sort()
      .map((path) => `${path} ${sha256(readFileSync(join(tree, path)))}\n`)
      .join(''),
  )
}
