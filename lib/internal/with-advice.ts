import type { BpfError } from '../errors.js'
import { createError } from './create-error.js'

/** The same error, whose message says what to do next. */
export function withAdvice(error: BpfError, advice: string): BpfError {
  const { code, errno, operation, log } = error
  // What libbpf prints of a failure is less than this; what this package says of it stays.
  const said = error.message.startsWith(`${operation}: ${code}`) ? `${operation}: ${code}` : error.message
  return createError({ code, errno, operation, log, message: `${said}: ${advice}`, cause: error })
}
