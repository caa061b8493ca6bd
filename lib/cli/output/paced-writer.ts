import { setImmediate as nextTurn } from 'node:timers/promises'
import { CliError } from '../cli-error.js'
import type { Output } from './output.js'

/** Characters written at once: no more than a pipe holds, so that we notice if the reader takes any of it. */
const piece = 16 * 1024
/** How many milliseconds the reader may stall after the command was asked to end. */
const patience = 500
/** Milliseconds of writing after which timers and signals get a turn, because writing to a file never makes us wait. */
const turn = 20

/** The command was asked to end, but the reader of its output has stalled: the rest of the output is given up. */
export class StalledReaderError extends CliError {
  constructor() {
    super('the output is not complete: its reader stood still when the command was asked to end')
  }
}

/**
 * Writes as fast as the reader reads, so that memory stays bounded however slow the reader is. While the writer waits, no snapshot is
 * taken: the kernel goes on counting, and the next interval is longer.
 */
export class PacedWriter {
  readonly #output: Output
  readonly #signal: AbortSignal
  readonly #patience: number
  /** The reader has gone away, or the output cannot be written to; whoever listens for its errors reports that. */
  #gone = false
  #turnBegan = performance.now()

  constructor(output: Output, signal: AbortSignal, { patience: milliseconds = patience } = {}) {
    this.#output = output
    this.#signal = signal
    this.#patience = milliseconds
  }

  /** Resolves when there is room for more. @throws {StalledReaderError} if the signal aborts and the reader has stalled. */
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
