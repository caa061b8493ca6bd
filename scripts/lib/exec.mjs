import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const start = promisify(execFile)

/** Runs a tool that must succeed and resolves to its standard output. The error has the end of its output, not the long command line. */
export async function exec(command, args, options) {
  try {
    const { stdout } = await start(command, args, { maxBuffer: 64 << 20, ...options })
    return stdout
  } catch (error) {
    if (typeof error.code !== 'number')
      throw new Error(`cannot run ${command}: ${error.code ?? error.signal}`, { cause: error })
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-5).join('\n')
    throw new Error(`${command} ended with status ${error.code}: ${said}`, { cause: error })
  }
}
