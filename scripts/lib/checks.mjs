import { performance } from 'node:perf_hooks'
import { capture } from './run.mjs'

/** Runs tools as if each were a test: a tool that ends with a status other than 0 fails, and its output says why. */
export async function runChecks(checks) {
  const tests = []
  const begun = performance.now()
  for (const [name, [command, ...args]] of Object.entries(checks)) {
    const start = performance.now()
    const { status, output } = await capture(command, args, { env: { FORCE_COLOR: '0', NO_COLOR: '1' } })
    tests.push({
      name,
      status: status === 0 ? 'passed' : 'failed',
      milliseconds: performance.now() - start,
      details: output.trimEnd().split('\n'),
    })
  }
  return { tests, milliseconds: performance.now() - begun }
}

/** The command line of a development dependency's script. */
export const nodeCommand = (script, ...args) => [process.execPath, `node_modules/${script}`, ...args]
