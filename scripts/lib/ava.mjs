import { performance } from 'node:perf_hooks'
import { bundlesOf } from '../steps/tests.mjs'
import { inRoot } from './root.mjs'
import { capture } from './run.mjs'
import { parseTap } from './tap.mjs'

/** The command that runs a lane's bundled tests. Kernel tests are serial: they count what the whole machine does. */
export function avaCommand(lane, bundles = bundlesOf(lane)) {
  const serial = lane === 'kernel' ? ['--serial', '--concurrency', '1'] : []
  return [process.execPath, inRoot('scripts/lib/ava-tap.mjs'), bundles, '--tap', ...serial]
}

/** Runs a lane's tests; `wrapper` is a command that runs the command after it, `env` is added to its environment. */
export async function runAva(lane, { wrapper = [], env } = {}) {
  const [command, ...args] = [...wrapper, ...avaCommand(lane)]
  const start = performance.now()
  const { status, stdout, output } = await capture(command, args, { env })
  const result = { ...parseTap(stdout, status), milliseconds: performance.now() - start }
  // If the addon crashes the test process, the reason is on standard error only.
  return result.problem ? { ...result, problem: `${result.problem}\n${output.trimEnd()}` } : result
}
