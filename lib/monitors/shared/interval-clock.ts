import { wallTime } from '../../kernel/clock.js'

/** Start and end of an interval, in milliseconds since 1970. */
export interface IntervalTimes {
  readonly start: number
  readonly end: number
}

/**
 * Measures intervals by the monotonic clock. The wall clock, which may be set at any time, only gives the end of an interval. The start is
 * the end minus the elapsed time, so `end - start` is always the length.
 */
export class IntervalClock {
  #last = performance.now()

  /** The interval since the last call, or since the clock was made. */
  take(): IntervalTimes {
    const length = Math.round(performance.now() - this.#last)
    // The remainder from rounding belongs to the next interval.
    this.#last += length
    const end = Math.round(wallTime())
    return { start: end - length, end }
  }
}
