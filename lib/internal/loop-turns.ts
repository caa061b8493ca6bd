import { setImmediate as turn } from 'node:timers/promises'

// Milliseconds: less than anyone notices, and far longer than a turn takes.
const longest = 10
// Reading the clock takes as long as a record.
const between = 64

/** Lets timers and other work of the event loop run during a loop that only awaits values that are already there. */
export class LoopTurns {
  #since = performance.now()
  #steps = 0

  /** Whether it is time for a turn; call it at every step. */
  get due(): boolean {
    this.#steps += 1
    if (this.#steps < between) return false
    this.#steps = 0
    return this.over
  }

  /** Whether it is time for a turn, for steps that take longer than reading the clock. */
  get over(): boolean {
    return performance.now() - this.#since > longest
  }

  async take(): Promise<void> {
    await turn()
    this.reset()
  }

  /** Call this after the event loop has had its turn. */
  reset(): void {
    this.#since = performance.now()
    this.#steps = 0
  }
}
