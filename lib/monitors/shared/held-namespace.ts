import { closeSync, fstatSync } from 'node:fs'
import { type BpfError, PermissionError } from '../../errors.js'
import { bpfError } from '../../internal/bpf-error.js'
import { persist } from '../../internal/passing.js'
import { isThere, type NetworkNamespace, networkNamespace, openNamespace } from '../../net/namespace.js'
import type { Path } from '../../path.js'

const everySecond = 1000

/**
 * The programs know a network namespace by its inode number, which the kernel reuses for another namespace once this one ends. So a
 * monitor holds the namespace open while its file exists, and for at most a second after that: then the monitor has to detach.
 */
export class HeldNamespace {
  readonly namespace: NetworkNamespace
  readonly #operation: string
  #detach: () => Promise<void> = async () => {}
  #timer: NodeJS.Timeout | undefined
  #descriptor: number | undefined
  #ended: BpfError | undefined

  /**
   * Must be called before anything uses the inode number.
   *
   * @throws {BpfError} ENOENT if it has no file, EINVAL if the file is not a namespace, EMFILE if no descriptor is left to hold it.
   */
  static open(netns: Path, operation: string): HeldNamespace {
    const seen = networkNamespace({ netns })
    const descriptor = openIfAllowed(seen.file)
    if (descriptor === undefined) return new HeldNamespace(seen, operation, undefined)
    try {
      // The file may belong to another namespace by now.
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
   * Checks every second whether the namespace still exists. Calls `detach` once it is gone, and again if that fails for lack of memory.
   * Until `detach` succeeds, no other namespace gets the inode number.
   */
  watch(detach: () => Promise<void>): void {
    this.#detach = detach
    this.#timer = setInterval(() => this.look(), everySecond).unref()
  }

  /** The error that the namespace is gone; undefined while its file exists. */
  get ended(): BpfError | undefined {
    this.look()
    return this.#ended
  }

  /** Never throws, since the timer calls it. A failure to detach becomes a warning. */
  look(): void {
    if (this.#ended || !isGone(this.namespace)) return
    clearInterval(this.#timer)
    const message = `the network namespace ${this.namespace.file} is gone: open another monitor for one that was made since under the same name`
    this.#ended = bpfError('ENOENT', this.#operation, message)
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

/** If the file may no longer be accessed, that does not mean that the namespace is gone. */
function isGone(namespace: NetworkNamespace): boolean {
  try {
    return !isThere(namespace)
  } catch {
    return false
  }
}

/** Undefined if this process may stat the file but not open it: then it is only noticed when the namespace is gone. */
function openIfAllowed(file: string): number | undefined {
  try {
    return openNamespace(file)
  } catch (error) {
    if (error instanceof PermissionError) return undefined
    throw error
  }
}
