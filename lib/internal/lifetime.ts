import { inspect } from 'node:util'
import { printable } from '../printable.js'

// Node before 20.5 has no Symbol.dispose; `using` needs it to exist before any handle is created.
;(Symbol as { dispose?: symbol }).dispose ??= Symbol.for('nodejs.dispose')

export interface Closable {
  close(): void
}

/**
 * The base class of all handles, with an idempotent `close`, which `using` calls too. If `close` throws, the handle stays open, so that you
 * can try again. A handle that is garbage-collected without `close` is closed then, with a `BpfResourceWarning`: a safety net, not
 * something to rely on.
 */
export abstract class Handle implements Disposable {
  readonly #native: Closable
  readonly #what: string
  #closed = false

  protected constructor(native: Closable, what: string) {
    this.#native = native
    this.#what = what
    forgotten.register(this, { native, what }, this)
  }

  /** Whether the handle is closed. */
  get closed(): boolean {
    return this.#closed
  }

  /** Closes the handle. Calling it again does nothing. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    forgotten.unregister(this)
    try {
      this.#native.close()
    } catch (error) {
      this.#closed = false
      forgotten.register(this, { native: this.#native, what: this.#what }, this)
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @internal For `console.log`: shows what the handle is, not its properties. */
  [inspect.custom](): string {
    return printable(`[${this.constructor.name} ${this.#what}${this.#closed ? ', closed' : ''}]`)
  }

  /** For a handle whose native half now belongs to another handle. */
  protected disown(): void {
    this.#closed = true
    forgotten.unregister(this)
  }
}

const forgotten = new FinalizationRegistry<{ native: Closable; what: string }>(({ native, what }) => {
  // An error thrown in here would crash the process.
  const [failure] = closeEach([native])
  const why = failure === undefined ? '' : `, and closing it failed: ${String(failure)}`
  process.emitWarning(`${what} was garbage-collected without close()${why}`, 'BpfResourceWarning')
})

/** Closes all, the last one first, even if some of them throw; then throws the first failure. */
export function closeAll(closables: readonly Closable[]): void {
  const failures = closeEach(closables)
  if (failures.length > 0) throw failures[0]
}

/** Does the same as `closeAll`, but returns the failures: for use while another error is being thrown. */
export function closeEach(closables: readonly Closable[]): unknown[] {
  const failures: unknown[] = []
  for (const closable of closables.toReversed()) {
    try {
      closable.close()
    } catch (error) {
      failures.push(error)
    }
  }
  return failures
}
