import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { extents } from '../../test/vm/extents.mjs'
import { inRoot } from '../lib/root.mjs'
import { filesUnder, step } from '../lib/step.mjs'

export const bundledLanes = ['unit', 'native', 'kernel', 'rubbish', 'docs', 'fuzz', 'package']

/** Where the bundles of a lane's tests are. */
export const bundlesOf = (lane) => join('.cache/test', lane)

/** An extent of the kernel lane in one file, since a process takes seconds to start in an emulated machine. */
export const guestBundle = (extent) => `.cache/test/guest/${extent}.test.js`
const guestBundles = Object.keys(extents).map(guestBundle)

/** tsup's options for bundling tests. */
export const bundleOptions = {
  config: false,
  silent: true,
  outDir: inRoot('.cache/test'),
  format: 'esm',
  platform: 'node',
  target: 'node20',
  splitting: true,
  sourcemap: true,
  external: ['ava', 'commander', /^ebpf(\/|$)/],
}

/** Bundles the tests for ava, and the examples. Packages imported by name stay external: `ebpf` is then dist/, as users get it. */
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
      'test/vm/extents.mjs',
      'scripts',
      ...examples,
      'tsconfig.json',
      'package-lock.json',
    ],
    outputs: [...bundles, ...guestBundles, ...examples.map(outputOf)],
    run: async () => {
      rmSync(inRoot('.cache/test'), { recursive: true, force: true })
      const { build } = await import('tsup')
      await build({
        ...bundleOptions,
        entry: {
          ...Object.fromEntries(sources.map((file) => [entryName(file), inRoot(file)])),
          ...Object.fromEntries(examples.map((file) => [file.slice(0, -'.ts'.length), inRoot(file)])),
          ...guestEntries(sources.filter((file) => file.startsWith('test/kernel/'))),
        },
      })
    },
  })
}

/** Writes a file for each extent, which imports the extent's tests. */
function guestEntries(sources) {
  const folder = inRoot('.cache/guest')
  mkdirSync(folder, { recursive: true })
  return Object.fromEntries(
    Object.entries(extents).map(([extent, includes]) => {
      const path = join(folder, `${extent}.test.ts`)
      const chosen = sources.filter((file) => includes(basename(file, '.test.ts')))
      writeFileSync(path, chosen.map((file) => `import ${JSON.stringify(inRoot(file))}\n`).join(''))
      return [`guest/${extent}.test`, path]
    }),
  )
}

const outputOf = (example) => join('.cache/test', example.replace(/ts$/, 'js'))

const entryName = (file) => join(relative('test', dirname(file)), basename(file, '.ts'))
