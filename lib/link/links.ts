import { inspect } from 'node:util'
import { closeAll } from '../internal/lifetime.js'
import { printable } from '../printable.js'
import { shareClass } from '../shared-class.js'
import type { Link } from './link.js'

/** The links of a whole object. Closing it closes them all; each may be closed, and is collected, by itself, too. */
export class Links implements Disposable, Iterable<Link> {
  readonly #links: readonly Link[]

  /** @internal */
  constructor(
    links: readonly Link[],
    /** The programs that were left out: their sections do not say what to attach them to. */
    readonly skipped: readonly string[],
  ) {
    this.#links = links
  }

  get length(): number {
    return this.#links.length
  }

  /** The link of that program, or of that struct_ops map. */
  get(name: string): Link | undefined {
    return this.#links.find((link) => link.program === name)
  }

  [Symbol.iterator](): IterableIterator<Link> {
    return this.#links.values()
  }

  /** The last attached is detached first. @throws what closing a link throws, after all were closed. */
  close(): void {
    closeAll(this.#links)
  }

  /** @internal */
  [inspect.custom](): string {
    const names = this.#links.map(({ program }) => program)
    return printable(`[Links of ${names.join(', ') || 'nothing'}; skipped: ${this.skipped.join(', ') || 'none'}]`)
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
shareClass(Links, 'Links')
