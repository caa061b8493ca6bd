import { unlinkSync } from 'node:fs'
import { binding } from './internal/binding.js'
import { createError } from './internal/create-error.js'

/** @throws {BpfError} EEXIST when the file is there, EINVAL when its folder is on no bpffs. */
export function pin(fd: number, path: string): void {
  binding.pinObject(fd, path)
}

/** @throws {BpfError} ENOENT when the file is not there. */
export function unpin(path: string): void {
  try {
    unlinkSync(path)
  } catch (cause) {
    const { code = 'EIO', errno = 0 } = cause as NodeJS.ErrnoException
    throw createError({ code, errno: Math.abs(errno), operation: `unpin ${path}`, cause })
  }
}
