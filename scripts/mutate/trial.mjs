import { readFileSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { done } from '../lib/print.mjs'
import { inRoot } from '../lib/root.mjs'
import { Failure } from '../lib/run.mjs'
import { parseTap } from '../lib/tap.mjs'
import { addonBuilder } from './build-addon.mjs'
import { bpfBuilder } from './build-bpf.mjs'
import { typescriptBuilder } from './build-typescript.mjs'
import { bundleTest } from './bundle.mjs'
import { languageOf } from './find.mjs'
import { killer, runTest } from './run-test.mjs'

/**
 * Makes each of the mistakes in the file, in turn, and calls `told(mutation, outcome)`. The outcome is `{ result, by?, milliseconds }`, and
 * its result `killed`, `timed out`, `survived`, `did not compile`, or `the same code`. It changes this folder, so run it in a copy of the
 * project.
 */
export async function tryMutations(file, mutations, tests, told) {
  const path = inRoot(file)
  const text = readFileSync(path, 'utf8')
  const builder = await builderOf(file)
  for (const test of tests) await bundleTest(test)
  const unchanged = await builder.build()
  const measured = []
  for (const test of tests) measured.push(await measure(test, builder))
  done('the tests pass without a mutation', sumOf(measured))
  const attempt = async () => {
    const digest = await builder.build().catch((error) => {
      if (!(error instanceof Failure)) throw error
    })
    if (digest === undefined) return { result: 'did not compile' }
    return digest === unchanged ? { result: 'the same code' } : killer(measured, builder)
  }
  for (const mutation of mutations) {
    const start = performance.now()
    writeFileSync(path, text.slice(0, mutation.start) + mutation.text + text.slice(mutation.end))
    const outcome = await attempt()
    told(mutation, { ...outcome, milliseconds: performance.now() - start })
  }
  writeFileSync(path, text)
  // Restores the build for the next file.
  await (builder.restore ?? builder.build)()
}

const sumOf = (measured) => measured.reduce((sum, { milliseconds }) => sum + milliseconds, 0)

function builderOf(file) {
  if (languageOf(file) === 'ts') return typescriptBuilder(file)
  return languageOf(file) === 'cc' ? addonBuilder() : bpfBuilder(file)
}

const mostMilliseconds = 600_000

/** Measures how long a test takes without a mistake; it must pass. */
async function measure(test, builder) {
  await builder.before?.(test)
  const start = performance.now()
  const { status, output } = await runTest(test, mostMilliseconds)
  if (status !== 0)
    throw new Failure(`${test} fails without a mutation; --tests can leave it out\n${reasonIn(output, status)}`)
  return { test, milliseconds: performance.now() - start, kills: 0 }
}

/** The first test that failed, or the whole output. */
function reasonIn(output, status) {
  const failed = parseTap(output, status).tests.find((test) => test.status === 'failed')
  return failed ? [failed.name, ...failed.details].join('\n') : output.trimEnd()
}
