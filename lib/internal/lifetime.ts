import { inspect } from 'node:util'
import { printable } from '../printable.js'

// Node before 20.5 has no Symbol.dispose; `using` needs it to exist before any handle is made.
;(Symbol as { dispose?: symbol }).dispose ??= Symbol.for('nodejs.dispose')

export interface Closable {
  close(): void
}

/**
 * The base of every handle: an idempotent `close` that `using` calls too. One that throws leaves the handle open, so that it can be tried
 * again. A handle that is collected unclosed is closed then
 * and a `BpfResourceWarning` is emitted: a safety net, not the contract.
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

  get closed(): boolean {
    return this.#closed
  }

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

  /** @internal For `console.log`: what it is, not what it is made of. */
  [inspect.custom](): string {
    return printable(`[${this.constructor.name} ${this.#what}${this.#closed ? ', closed' : ''}]`)
  }

  /** For a handle whose native half now belongs to another. */
  protected disown(): void {
    this.#closed = true
    forgotten.unregister(this)
  }
}

const forgotten = new FinalizationRegistry<{ native: Closable; what: string }>(({ native, what }) => {
  // What is thrown in here would end the process.
  const [failure] = closeEach([native])
  const why = failure === undefined ? '' : `, and closing it failed: ${String(failure)}`
  process.emitWarning(`${what} was garbage-collected without close()${why}`, 'BpfResourceWarning')
})

/** Closes all, the last first, whatever one of them throws; then throws the first failure. */
export function closeAll(closables: readonly Closable[]): void {
  const failures = closeEach(closables)
  if (failures.length > 0) throw failures[0]
}

/** As `closeAll`, but returns the failures: for where another error is on its way. */
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
