import { capture } from './run.mjs'

/** Runs tools as if each were a test: one that ends with another status than 0 fails, and its output tells why. */
export async function runChecks(checks) {
  const tests = []
  for (const [name, [command, ...args]] of Object.entries(checks)) {
    const { status, output } = await capture(command, args, { env: { FORCE_COLOR: '0', NO_COLOR: '1' } })
    tests.push({ name, status: status === 0 ? 'passed' : 'failed', details: output.trimEnd().split('\n') })
  }
  return { tests }
}

/** The command line of a development dependency's script. */
export const nodeCommand = (script, ...args) => [process.execPath, `node_modules/${script}`, ...args]
