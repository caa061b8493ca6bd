import { getSystemErrorName } from 'node:util'
import type { BpfError } from '../errors.js'
import { createError } from './create-error.js'

/** What Node threw of a system call, as this package's error. */
export function systemError(cause: unknown, operation: string): BpfError {
  const { code = 'EIO', errno = 0 } = cause as NodeJS.ErrnoException
  return createError({ code, errno: Math.abs(errno), operation, cause })
}

/** What a native wait calls back with. */
export function waitError(errno: number, what: string): BpfError {
  return createError({ code: getSystemErrorName(-errno), errno, operation: `wait for ${what}` })
}
