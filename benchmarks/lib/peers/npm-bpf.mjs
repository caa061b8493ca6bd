import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { built } from './folder.mjs'

/** Where `--install-peers` puts packages of npm: not among this package's own. */
export const npmFolder = join(built, 'npm')

/** The package `bpf` of npm, which has maps only. */
export async function npmBpf() {
  const folder = inRoot(npmFolder)
  const description = join(folder, 'node_modules/bpf/package.json')
  if (!existsSync(description)) return 'it is not installed: --install-peers does so'
  const command = (program, ...args) => [
    process.execPath,
    inRoot(`benchmarks/peers/npm-bpf/${program}.mjs`),
    folder,
    inRoot(join(built, 'holder')),
    ...args.map(String),
  ]
  return { version: JSON.parse(readFileSync(description, 'utf8')).version, command }
}
