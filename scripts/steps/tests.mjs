import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { inRoot } from '../lib/root.mjs'
import { filesUnder, step } from '../lib/step.mjs'

export const bundledLanes = ['unit', 'native', 'kernel', 'rubbish', 'docs', 'fuzz', 'package']

/** Where the bundles of a lane's tests are. */
export const bundlesOf = (lane) => join('.cache/test', lane)

/** The whole kernel lane in one file: where a process takes seconds to start, as in an emulated machine, one is enough. */
export const wholeKernelLane = '.cache/test/whole/kernel.test.js'

/** Bundles the tests for ava, and the examples. What they import by a package's name stays outside: `ebpf` is then dist/, what users get. */
export async function tests() {
  const sources = bundledLanes
    .flatMap((lane) => filesUnder(join('test', lane)))
    .filter((file) => file.endsWith('.test.ts'))
  const examples = filesUnder('docs/examples').filter((file) => file.endsWith('.ts'))
  const bundles = sources.map((file) => join('.cache', file.replace(/ts$/, 'js')))
  await step({
    name: 'tests',
    inputs: [
      'lib',
      ...bundledLanes.map((lane) => join('test', lane)),
      'test/helpers',
      ...examples,
      'tsconfig.json',
      'package-lock.json',
    ],
    outputs: [...bundles, wholeKernelLane, ...examples.map(outputOf)],
    run: async () => {
      rmSync(inRoot('.cache/test'), { recursive: true, force: true })
      const whole = writeWhole(sources.filter((file) => file.startsWith('test/kernel/')))
      const { build } = await import('tsup')
      await build({
        config: false,
        silent: true,
        entry: {
          ...Object.fromEntries(sources.map((file) => [entryName(file), inRoot(file)])),
          ...Object.fromEntries(examples.map((file) => [file.slice(0, -'.ts'.length), inRoot(file)])),
          'whole/kernel.test': whole,
        },
        outDir: inRoot('.cache/test'),
        format: 'esm',
        platform: 'node',
        target: 'node20',
        splitting: true,
        sourcemap: true,
        external: ['ava', 'commander', /^ebpf(\/|$)/],
      })
    },
  })
}

function writeWhole(sources) {
  const whole = inRoot('.cache/whole/kernel.test.ts')
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, sources.map((file) => `import ${JSON.stringify(inRoot(file))}\n`).join(''))
  return whole
}

const outputOf = (example) => join('.cache/test', example.replace(/ts$/, 'js'))

const entryName = (file) => join(relative('test', dirname(file)), basename(file, '.ts'))
