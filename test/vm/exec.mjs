import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const start = promisify(execFile)

/** Runs a tool that must succeed and resolves to its standard output. What it said goes into the error. */
export async function exec(command, args, options) {
  try {
    const { stdout } = await start(command, args, { maxBuffer: 64 << 20, ...options })
    return stdout
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim()
    throw new Error(`${command} ${args.join(' ')}: ${said || error.message}`, { cause: error })
  }
}
