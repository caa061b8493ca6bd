import { statfsSync, unlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { requireText } from '../arguments.js'
import { BpfError } from '../errors.js'
import { type Path, pathOf } from '../path.js'
import { binding } from './binding.js'
import { bpfFsMagic, notOnBpffs } from './pin-failure.js'
import { systemError } from './system-error.js'

/**
 * Pins a program, a map or a link to a file on a bpffs, which keeps it alive even if no process has it open. Creates the file's directory
 * if only that is missing.
 *
 * @throws {BpfError} EEXIST if the file exists, EINVAL if its directory is not on a bpffs, EPERM if a name has a dot, which a bpffs does
 *   not allow, ENAMETOOLONG if a name has more than 255 bytes, ENOENT if more than the last directory is missing.
 */
export function pin(fd: number, path: Path): void {
  binding.pinObject(fd, absolute(path))
}

/**
 * Removes a pin, and no other file. What was pinned stays alive if a descriptor or another pin holds it.
 *
 * @throws {BpfError} ENOENT if the file does not exist, EINVAL if it is not on a bpffs.
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
