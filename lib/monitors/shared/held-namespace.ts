import { closeSync, fstatSync } from 'node:fs'
import { BpfError, PermissionError } from '../../errors.js'
import { persist } from '../../internal/passing.js'
import { isThere, type NetworkNamespace, networkNamespace, openNamespace } from '../../net/namespace.js'
import type { Path } from '../../path.js'

const everySecond = 1000

/**
 * The programs know a network namespace by its inode number, which the kernel gives to the next namespace when this one ends. So
 * a monitor keeps the namespace for as long as its file is there, and a second at most after that: then it is told to detach.
 */
export class HeldNamespace {
  readonly namespace: NetworkNamespace
  readonly #operation: string
  #detach: () => Promise<void> = async () => {}
  #timer: NodeJS.Timeout | undefined
  #descriptor: number | undefined
  #ended: BpfError | undefined

  /**
   * Before anything goes by the inode number.
   *
   * @throws {BpfError} ENOENT when it has no file, EINVAL when the file is no namespace's, EMFILE when there is no descriptor left to hold it.
   */
  static open(netns: Path, operation: string): HeldNamespace {
    const seen = networkNamespace({ netns })
    const descriptor = openIfAllowed(seen.file)
    if (descriptor === undefined) return new HeldNamespace(seen, operation, undefined)
    try {
      // The file may have been given to another one since.
      const { ino, dev } = fstatSync(descriptor)
      return new HeldNamespace({ file: seen.file, inode: ino, device: dev }, operation, descriptor)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  private constructor(namespace: NetworkNamespace, operation: string, descriptor: number | undefined) {
    this.namespace = namespace
    this.#operation = operation
    this.#descriptor = descriptor
  }

  /**
   * Looks every second whether it is there. `detach` is called once it is gone, and again if it fails for want of memory. Until it is done, the
   * inode number is not another namespace's.
   */
  watch(detach: () => Promise<void>): void {
    this.#detach = detach
    this.#timer = setInterval(() => this.look(), everySecond).unref()
  }

  /** That the namespace is gone; undefined as long as its file is there. */
  get ended(): BpfError | undefined {
    this.look()
    return this.#ended
  }

  /** Throws nothing, since the timer calls it. What could not be detached is a warning. */
  look(): void {
    if (this.#ended || !isGone(this.namespace)) return
    clearInterval(this.#timer)
    const message = `the network namespace ${this.namespace.file} is gone: open another monitor for one that was made since under the same name`
    this.#ended = new BpfError({
      code: 'ENOENT',
      errno: 2,
      operation: this.#operation,
      message,
    })
    persist(this.#detach)
      .catch((error: unknown) => {
        process.emitWarning(`${message}; a program of it is still attached: ${String(error)}`, 'BpfResourceWarning')
      })
      .finally(() => this.close())
  }

  close(): void {
    clearInterval(this.#timer)
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/** A file that may not be looked at any more says nothing. */
function isGone(namespace: NetworkNamespace): boolean {
  try {
    return !isThere(namespace)
  } catch {
    return false
  }
}

/** Undefined where this process may look at the file but not open it: then only its going is noticed. */
function openIfAllowed(file: string): number | undefined {
  try {
    return openNamespace(file)
  } catch (error) {
    if (error instanceof PermissionError) return undefined
    throw error
  }
}
