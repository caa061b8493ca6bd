/**
 * Thrown for a value that does not fit its type. Each level of nested fields adds its name in front as the error passes, so a path costs
 * nothing until there is an error. `settle` converts it to the error that users see.
 */
class Mismatch extends Error {
  path = ''

  constructor(
    readonly type: typeof TypeError | typeof RangeError,
    problem: string,
  ) {
    super(problem)
  }
}

export const wrongType = (problem: string): Error => new Mismatch(TypeError, problem)
export const wrongRange = (problem: string): Error => new Mismatch(RangeError, problem)

/** Adds the field that `error` came from. An error that is not a mismatch, such as one from the user's getter, stays as it is. */
export function inField(error: unknown, name: string): unknown {
  if (error instanceof Mismatch) error.path = `.${name}${error.path}`
  return error
}

export function inElement(error: unknown, index: number): unknown {
  if (error instanceof Mismatch) error.path = `[${index}]${error.path}`
  return error
}

/** `RangeError: key.ports[1]: 65536 is out of range for u16 (0 to 65535)` */
export function settle(error: unknown): unknown {
  if (!(error instanceof Mismatch)) return error
  const path = error.path.replace(/^\./, '')
  return new error.type(path === '' ? error.message : `${path}: ${error.message}`)
}
