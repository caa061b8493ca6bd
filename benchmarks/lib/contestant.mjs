import { spawn } from 'node:child_process'
import { inRoot, root } from '../../scripts/lib/root.mjs'
import { Failure } from '../../scripts/lib/run.mjs'

/** This package, in a fresh Node: a program of benchmarks/ours/ and its arguments. */
export const ours = (script, ...args) => [
  process.execPath,
  inRoot(`benchmarks/ours/${script}.mjs`),
  ...args.map(String),
]

/** Runs a contestant to its end and resolves to its samples by metric, from the lines of JSON that it prints. */
export async function samplesOf(command, { timeout = 120_000 } = {}) {
  const { status, stdout, stderr } = await finished(command, timeout)
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  if (status !== 0 || lines.length === 0) {
    throw new Failure(`${command.join(' ')}\nended with ${status} and ${lines.length} figures\n${stderr.trimEnd()}`)
  }
  return Object.assign({}, ...lines.map((line) => JSON.parse(line)))
}

// What is set for Node here, certificates for example, may cost each start more than the start itself.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODE_')))

function finished([command, ...args], timeout) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    // Its group: what it has started holds the pipes open too, and is not ended with this process.
    const end = () => process.kill(-child.pid, 'SIGKILL')
    const interrupted = () => {
      end()
      process.exit(130)
    }
    const timer = setTimeout(end, timeout)
    process.once('SIGINT', interrupted)
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.on('error', reject)
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      process.off('SIGINT', interrupted)
      resolve({ status: status ?? signal, stdout, stderr })
    })
  })
}
