import { getSystemErrorMap } from 'node:util'

/** Errors of a pipe whose reader has gone, and of a closed terminal: nobody is left who could miss anything. */
const gone = ['EPIPE', 'EIO']

/** Calls `report` with a sentence for the first error of standard output, unless its reader has just gone away. */
export function reportOutputErrors(
  report: (message: string) => void,
  stdout: { on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown } = process.stdout,
): void {
  let reported = false
  stdout.on('error', (error) => {
    if (reported || gone.includes(error.code ?? '')) return
    reported = true
    report(outputErrorMessage(error))
  })
}

/** Whether this is a failed write to standard output: Node writes to files synchronously, and until version 22 it then throws. */
export const isOutputError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && error.syscall === 'write' && !('path' in error)

/** `cannot write to standard output: no space left on device (ENOSPC)` */
export function outputErrorMessage({ errno, code, message }: NodeJS.ErrnoException): string {
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno)
  return `cannot write to standard output: ${known ? `${known[1]} (${known[0]})` : (code ?? message)}`
}
