import { closeSync, openSync } from 'node:fs'
import { BpfError } from '../errors.js'
import { persist } from '../internal/passing.js'
import { isThere, type NetworkNamespace } from '../net/namespace.js'

const everySecond = 1000

/**
 * The programs know a network namespace by its inode number, which the kernel gives to the next namespace when this one ends. So
 * a monitor keeps the namespace for as long as its file is there, and a second at most after that: then it is told to detach.
 */
export class HeldNamespace {
  readonly #namespace: NetworkNamespace
  readonly #operation: string
  readonly #detach: () => Promise<void>
  readonly #timer: NodeJS.Timeout
  #descriptor: number | undefined
  #ended: BpfError | undefined

  /** `detach` is called again where it fails for want of memory. Until it is done, the inode number is not another namespace's. */
  constructor(namespace: NetworkNamespace, operation: string, detach: () => Promise<void>) {
    this.#namespace = namespace
    this.#operation = operation
    this.#detach = detach
    this.#descriptor = openIfPossible(namespace.file)
    this.#timer = setInterval(() => this.look(), everySecond).unref()
  }

  /** That the namespace is gone; undefined as long as its file is there. */
  get ended(): BpfError | undefined {
    this.look()
    return this.#ended
  }

  /** Throws nothing, since the timer calls it. What could not be detached is a warning. */
  look(): void {
    if (this.#ended || !isGone(this.#namespace)) return
    clearInterval(this.#timer)
    const message = `the network namespace ${this.#namespace.file} is gone: open another monitor for one that was made since under the same name`
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
function openIfPossible(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch {
    return undefined
  }
}
