import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from '../../../scripts/lib/apt.mjs'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { run } from '../../../scripts/lib/run.mjs'
import { built } from './folder.mjs'

const manifest = inRoot('benchmarks/peers/libbpf-rs/Cargo.toml')
const target = inRoot(join(built, 'libbpf-rs'))
const program = join(target, 'release/peer')

/** Rust, with the libbpf of its crate, of the addon's version. It is built only by `--install-peers`: that takes cargo, its registry and a minute. */
export async function libbpfRs() {
  if (!existsSync(program)) return 'it is not built: --install-peers does so where cargo is'
  const [, version] = /^libbpf-rs = "=(.*)"$/m.exec(readFileSync(manifest, 'utf8')) ?? []
  return { version, command: (...args) => [program, ...args.map(String)] }
}

export async function buildLibbpfRs() {
  if (onPath('cargo')) await run('cargo', ['build', '--release', '--manifest-path', manifest, '--target-dir', target])
}
