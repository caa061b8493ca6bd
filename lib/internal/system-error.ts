import { getSystemErrorName } from 'node:util'
import type { BpfError } from '../errors.js'
import { createError } from './create-error.js'

/** Converts an error that Node threw for a system call to this package's error. */
export function systemError(cause: unknown, operation: string): BpfError {
  const { code = 'EIO', errno = 0 } = cause as NodeJS.ErrnoException
  return createError({ code, errno: Math.abs(errno), operation, cause })
}

/** Converts the errno that a native wait calls back with to an error. */
export function waitError(errno: number, what: string): BpfError {
  return createError({ code: getSystemErrorName(-errno), errno, operation: `wait for ${what}` })
}
