import { setImmediate as nextTurn } from 'node:timers/promises'
import { CliError } from '../cli-error.js'
import type { Output } from './output.js'

/** Characters that are written at once: no more than a pipe holds, so that a reader that takes any of it is seen to. */
const piece = 16 * 1024
/** Milliseconds that the reader may stand still after the command was asked to end. */
const patience = 500
/** Milliseconds of writing after which timers and signals have their turn, for a file never lets us wait. */
const turn = 20

/** The command was asked to end, and the reader of its output takes nothing: what is left of the output is given up. */
export class StalledReaderError extends CliError {
  constructor() {
    super('the output is not complete: its reader stood still when the command was asked to end')
  }
}

/**
 * Writes as fast as the reader reads, so that memory stays bounded however slow that is. A writer that waits does not take the next
 * snapshot: the kernel goes on counting, and the next interval is longer.
 */
export class PacedWriter {
  readonly #output: Output
  readonly #signal: AbortSignal
  readonly #patience: number
  /** The reader has gone away, or the output cannot be written to; who listens for its errors says so. */
  #gone = false
  #turnBegan = performance.now()

  constructor(output: Output, signal: AbortSignal, { patience: milliseconds = patience } = {}) {
    this.#output = output
    this.#signal = signal
    this.#patience = milliseconds
  }

  /** Resolves when there is room for more. @throws {StalledReaderError} when the signal aborts and the reader stands still. */
  async write(text: string): Promise<void> {
    if (performance.now() - this.#turnBegan > turn) {
      await nextTurn()
      this.#turnBegan = performance.now()
    }
    for (let from = 0; from < text.length && !this.#gone; from += piece) await this.#put(text.slice(from, from + piece))
  }

  /** Resolves when the reader has taken everything. @throws {StalledReaderError} as `write`. */
  async flush(): Promise<void> {
    if (this.#output.writableLength && !this.#gone) await this.#put('')
  }

  async #put(text: string): Promise<void> {
    let taken = () => {}
    const all = new Promise<void>((resolve) => {
      taken = resolve
    })
    const behind = this.#output.write(text, (error) => {
      this.#gone ||= error != null
      taken()
    })
    if (behind === false || text === '') await this.#orStalled(all)
  }

  #orStalled(done: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const limit = () => {
        timer = setTimeout(() => reject(new StalledReaderError()), this.#patience)
      }
      if (this.#signal.aborted) limit()
      else this.#signal.addEventListener('abort', limit)
      void done.then(() => {
        clearTimeout(timer)
        this.#signal.removeEventListener('abort', limit)
        resolve()
      })
    })
  }
}
