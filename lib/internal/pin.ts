import { statfsSync, unlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { requireText } from '../arguments.js'
import { BpfError } from '../errors.js'
import { type Path, pathOf } from '../path.js'
import { binding } from './binding.js'
import { bpfError } from './bpf-error.js'
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
      throw bpfError('EINVAL', operation, message)
    }
    unpin(this.#path)
    this.#path = undefined
  }
}

/**
 * Pins a program, a map or a link to a file on a bpffs, which keeps it alive even if no process has it open. Creates the file's directory
 * if only that is missing.
 *
 * @throws {BpfError} EEXIST if the file exists, EINVAL if its directory is not on a bpffs, EPERM if a name has a dot, which a bpffs does
 *   not allow, ENAMETOOLONG if a name has more than 255 bytes, ENOENT if more than the last directory is missing.
 */
function pin(fd: number, file: string): void {
  binding.pinObject(fd, file)
}

/**
 * Removes a pin, and no other file. What was pinned stays alive if a descriptor or another pin holds it.
 *
 * @throws {BpfError} ENOENT if the file does not exist, EINVAL if it is not on a bpffs.
 */
function unpin(file: string): void {
  const operation = `unpin ${file}`
  try {
    if (statfsSync(dirname(file)).type >>> 0 !== bpfFsMagic) {
      throw bpfError('EINVAL', operation, `${operation}: ${notOnBpffs(file)}`)
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
