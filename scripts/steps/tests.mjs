import { rmSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { inRoot } from '../lib/root.mjs'
import { filesUnder, step } from '../lib/step.mjs'

export const bundledLanes = ['unit', 'native', 'kernel']

/** Where the bundles of a lane's tests are. */
export const bundlesOf = (lane) => join('.cache/test', lane)

/** Bundles the tests for ava. What they import by a package's name stays outside: `ebpf` is then dist/, what users get. */
export async function tests() {
  const sources = bundledLanes
    .flatMap((lane) => filesUnder(join('test', lane)))
    .filter((file) => file.endsWith('.test.ts'))
  const bundles = sources.map((file) => join('.cache', file.replace(/ts$/, 'js')))
  await step({
    name: 'tests',
    inputs: [
      'lib',
      ...bundledLanes.map((lane) => join('test', lane)),
      'test/helpers',
      'tsconfig.json',
      'package-lock.json',
    ],
    outputs: bundles,
    run: async () => {
      rmSync(inRoot('.cache/test'), { recursive: true, force: true })
      const { build } = await import('tsup')
      await build({
        config: false,
        silent: true,
        entry: Object.fromEntries(sources.map((file) => [entryName(file), inRoot(file)])),
        outDir: inRoot('.cache/test'),
        format: 'esm',
        platform: 'node',
        target: 'node20',
        splitting: true,
        sourcemap: true,
        external: ['ava', /^ebpf(\/|$)/],
      })
    },
  })
}

const entryName = (file) => join(relative('test', dirname(file)), basename(file, '.ts'))
