import { inspect } from 'node:util'
import { closeAll } from '../internal/lifetime.js'
import { printable } from '../printable.js'
import { shareClass } from '../shared-class.js'
import type { Link } from './link.js'

/** The links of a whole object. Closing it closes them all; each link can also be closed, or garbage-collected, on its own. */
export class Links implements Disposable, Iterable<Link> {
  readonly #links: readonly Link[]

  /** @internal */
  constructor(
    links: readonly Link[],
    /** The names of the programs that were left out, because their sections do not say what to attach them to. */
    readonly skipped: readonly string[],
  ) {
    this.#links = links
  }

  /** The number of links. */
  get length(): number {
    return this.#links.length
  }

  /** Returns the link of the program, or the struct_ops map, of that name. */
  get(name: string): Link | undefined {
    return this.#links.find((link) => link.program === name)
  }

  /** Iterates over the links, in the order in which they were attached. */
  [Symbol.iterator](): IterableIterator<Link> {
    return this.#links.values()
  }

  /** Closes all links, the last attached first. @throws the first error of closing a link, after all were closed. */
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
