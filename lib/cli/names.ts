import { Resolver } from 'node:dns/promises'

export interface NamesOptions {
  /** Looks up the names of an address; the first one is used. Default: reverse DNS. */
  readonly resolve?: (address: string) => Promise<string[]>
  /** Called when an address got its name. */
  readonly onName?: () => void
  /** How many addresses are remembered, including those without a name. */
  readonly capacity?: number
  /** How many queries may wait for an answer at the same time. */
  readonly concurrency?: number
}

/** Names of addresses, looked up in the background: `of` answers immediately with what is known. */
export class Names implements Disposable {
  readonly #resolver = new Resolver({ timeout: 2000, tries: 2 })
  readonly #known = new Map<string, string | undefined>()
  readonly #waiting = new Set<string>()
  readonly #resolve: (address: string) => Promise<string[]>
  readonly #onName: () => void
  readonly #capacity: number
  readonly #concurrency: number
  #running = 0
  #closed = false

  constructor({ resolve, onName = () => {}, capacity = 4096, concurrency = 8 }: NamesOptions = {}) {
    this.#resolve = resolve ?? ((address) => this.#resolver.reverse(address))
    this.#onName = onName
    this.#capacity = capacity
    this.#concurrency = concurrency
  }

  /** The name, or the address while it has none. */
  of(address: string): string {
    const name = this.#known.get(address)
    if (name !== undefined) return name
    // The queue is short, since an address that waits long is no longer shown; if it is full, the next redraw tries again.
    if (!this.#known.has(address) && this.#waiting.size < 4 * this.#concurrency) this.#waiting.add(address)
    this.#next()
    return address
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#waiting.clear()
    this.#resolver.cancel()
  }

  #next(): void {
    for (const address of this.#waiting) {
      if (this.#running >= this.#concurrency || this.#closed) return
      this.#waiting.delete(address)
      this.#remember(address, undefined)
      this.#running++
      void this.#ask(address)
    }
  }

  async #ask(address: string): Promise<void> {
    const name = await this.#resolve(address).then(
      ([first]) => first,
      () => undefined, // it has none, or nobody answers
    )
    this.#running--
    if (this.#closed) return
    if (name) {
      this.#remember(address, name)
      this.#onName()
    }
    this.#next()
  }

  #remember(address: string, name: string | undefined): void {
    this.#known.delete(address)
    const [oldest] = this.#known.keys()
    if (this.#known.size >= this.#capacity && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(address, name)
  }
}
