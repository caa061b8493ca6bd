import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inRoot } from '../lib/root.mjs'
import { bundleOptions, bundlesOf } from '../steps/tests.mjs'

export const bundleOf = (test) => `${bundlesOf(test)}.test.js`

/** Bundles one test by itself, such as `kernel/flow-load`. Resolves to the code. */
export async function bundleTest(test) {
  const { build } = await import('tsup')
  await build({
    ...bundleOptions,
    entry: { [`${test}.test`]: inRoot(join('test', `${test}.test.ts`)) },
    splitting: false,
    sourcemap: false,
  })
  return readFileSync(inRoot(bundleOf(test)), 'utf8')
}
