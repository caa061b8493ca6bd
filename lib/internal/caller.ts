/**
 * Native code creates the error of a failed promise in the event loop, where the caller is no longer on the stack. So this saves the stack
 * at the time of the call, from the caller of `below` on, and adds it to the error.
 */
export function stackOfCaller(below: (...args: never[]) => unknown): (error: unknown) => unknown {
  const caller: { stack?: string } = {}
  Error.captureStackTrace(caller, below)
  return (error) => {
    const frames = framesOf(caller.stack)
    if (error instanceof Error && frames !== '') {
      const { stack = '' } = error
      const head = stack.slice(0, stack.length - framesOf(stack).length)
      error.stack = `${head || `${error.name}: ${error.message}`}${frames}`
    }
    return error
  }
}

/** The lines with frames, including the line feed before them. */
function framesOf(stack = ''): string {
  const at = stack.search(/\n {4}at /)
  return at === -1 ? '' : stack.slice(at)
}
