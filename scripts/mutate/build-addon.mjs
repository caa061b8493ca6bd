import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { inRoot } from '../lib/root.mjs'
import { run } from '../lib/run.mjs'
import { digestOf } from './digest.mjs'

/** Rebuilds the addon; make compiles only what changed. Resolves to a digest of the addon. */
export function addonBuilder() {
  const folder = inRoot('.cache/compiler')
  mkdirSync(folder, { recursive: true })
  // A mistake may leave a variable unused. Passing -w as a flag would make `make` compile everything again.
  writeFileSync(`${folder}/g++`, `#!/bin/sh\nPATH=\${PATH#*:}\nexec g++ "$@" -w\n`, { mode: 0o755 })
  const env = { PATH: `${folder}:${process.env.PATH}`, CXXFLAGS: '-Werror' }
  const args = ['--directory=build', 'BUILDTYPE=Release', `--jobs=${availableParallelism()}`]
  return {
    async build() {
      await run('make', args, { env })
      return digestOf(['build/Release/ebpf.node'])
    },
  }
}
