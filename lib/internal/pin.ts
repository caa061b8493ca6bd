import { statfsSync, unlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { requireText } from '../arguments.js'
import { BpfError } from '../errors.js'
import { type Path, pathOf } from '../path.js'
import { binding } from './binding.js'
import { bpfFsMagic, notOnBpffs } from './pin-failure.js'
import { systemError } from './system-error.js'

/** Where a handle has pinned its map or program, or found it. */
export class Pin {
  #path: string | undefined

  constructor(path?: string) {
    this.#path = path
  }

  get path(): string | undefined {
    return this.#path
  }

  /** The path is made absolute, so that it stays the same when the current directory changes. */
  pin(fd: number, path: Path): void {
    const file = absolute(path)
    pin(fd, file)
    this.#path = file
  }

  /** @param what The map or the program, for the error. */
  unpin(what: string): void {
    if (this.#path === undefined) {
      const operation = `unpin ${what}`
      const message = `${operation}: this handle has not pinned it: open it by its path, or remove the file`
      throw new BpfError({ code: 'EINVAL', errno: 22, operation, message })
    }
    unpin(this.#path)
    this.#path = undefined
  }
}

/**
 * Makes a program, a map or a link a file of a bpffs, which keeps it when nobody has it open. The file's directory is made
 * where only that is missing.
 *
 * @throws {BpfError} EEXIST when the file is there, EINVAL when its directory is on no bpffs, EPERM when a name has a dot, which a
 *   bpffs does not allow, ENAMETOOLONG above 255 bytes, ENOENT when more than the last directory is missing.
 */
function pin(fd: number, file: string): void {
  binding.pinObject(fd, file)
}

/**
 * Removes a pin, and no other file; what was pinned lives on where a descriptor or another pin holds it.
 *
 * @throws {BpfError} ENOENT when the file is not there, EINVAL when it is on no bpffs.
 */
function unpin(file: string): void {
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
