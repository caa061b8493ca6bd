import type { BpfError } from '../errors.js'
import { createError } from './create-error.js'

/** The same error, with a message that says what to do next. */
export function withAdvice(error: BpfError, advice: string): BpfError {
  const { code, errno, operation, log } = error
  // The advice replaces what libbpf printed, which says less; a message from this package stays.
  const said = error.message.startsWith(`${operation}: ${code}`) ? `${operation}: ${code}` : error.message
  return createError({ code, errno, operation, log, message: `${said}: ${advice}`, cause: error })
}
