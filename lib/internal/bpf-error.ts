import { constants } from 'node:os'
import { BpfError } from '../errors.js'

/** An error of the package's own, with the errno that the kernel would report for it. */
export function bpfError(
  code: keyof typeof constants.errno,
  operation: string,
  message: string,
  cause?: unknown,
): BpfError {
  const fields = { code, errno: constants.errno[code], operation, message }
  return new BpfError(cause === undefined ? fields : { ...fields, cause })
}
