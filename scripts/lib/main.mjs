import { red } from './print.mjs'
import { Failure } from './run.mjs'

/** Runs a command's work; a failure is printed without a stack and ends with status 1. */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    process.stderr.write(`${red('✘')} ${error instanceof Failure ? error.message : error.stack}\n`)
    process.exitCode = 1
  }
}
