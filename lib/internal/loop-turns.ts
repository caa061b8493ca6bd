import { setImmediate as turn } from 'node:timers/promises'

// Milliseconds: less than anybody notices, and far more than a turn takes.
const longest = 10
// A look at the clock takes as long as a record.
const between = 64

/** Gives timers and other work of the event loop their turn where a loop awaits nothing but what is there already. */
export class LoopTurns {
  #since = performance.now()
  #steps = 0

  /** Whether it is time; to be asked at every step. */
  get due(): boolean {
    this.#steps += 1
    if (this.#steps < between) return false
    this.#steps = 0
    return this.over
  }

  /** Whether it is time, for steps that take longer than a look at the clock. */
  get over(): boolean {
    return performance.now() - this.#since > longest
  }

  async take(): Promise<void> {
    await turn()
    this.reset()
  }

  /** The event loop has just had its turn. */
  reset(): void {
    this.#since = performance.now()
    this.#steps = 0
  }
}
