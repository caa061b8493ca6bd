import { statfsSync, unlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { requireText } from '../arguments.js'
import { BpfError } from '../errors.js'
import { type Path, pathOf } from '../path.js'
import { binding } from './binding.js'
import { bpfFsMagic, notOnBpffs } from './pin-failure.js'
import { systemError } from './system-error.js'

/**
 * Makes a program, a map or a link a file of a bpffs, which keeps it when nobody has it open. The file's directory is made
 * where only that is missing.
 *
 * @throws {BpfError} EEXIST when the file is there, EINVAL when its directory is on no bpffs, EPERM when a name has a dot, which a
 *   bpffs does not allow, ENAMETOOLONG above 255 bytes, ENOENT when more than the last directory is missing.
 */
export function pin(fd: number, path: Path): void {
  binding.pinObject(fd, absolute(path))
}

/**
 * Removes a pin, and no other file; what was pinned lives on where a descriptor or another pin holds it.
 *
 * @throws {BpfError} ENOENT when the file is not there, EINVAL when it is on no bpffs.
 */
export function unpin(path: Path): void {
  const file = absolute(path)
  const operation = `unpin ${file}`
  try {
    if (statfsSync(dirname(file)).type >>> 0 !== bpfFsMagic) {
      throw new BpfError({ code: 'EINVAL', errno: 22, operation, message: `${operation}: ${notOnBpffs(file)}` })
    }
    unlinkSync(file)
  } catch (cause) {
    if (cause instanceof BpfError) throw cause
    throw systemError(cause, operation)
  }
}

export function absolute(path: Path): string {
  return resolve(requireText(pathOf(path), "a pin's path"))
}
