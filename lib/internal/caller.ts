/**
 * Native code makes the error of a failed promise from the event loop, where no caller is on the stack any more. So the stack is
 * kept when the call is made, from the caller of `below` on, and given to the error.
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

/** The lines that name frames, with the line feed before them. */
function framesOf(stack = ''): string {
  const at = stack.search(/\n {4}at /)
  return at === -1 ? '' : stack.slice(at)
}
