import { wallTime } from '../../kernel/clock.js'

/** When an interval was, in milliseconds since 1970. */
export interface IntervalTimes {
  readonly start: number
  readonly end: number
}

/**
 * Measures intervals by the monotonic clock. The wall clock says when an interval ended, and may be set at any time: the start is the
 * end less what has passed, so that `end - start` is always the length.
 */
export class IntervalClock {
  #last = performance.now()

  /** The interval since the last call, or since the clock was made. */
  take(): IntervalTimes {
    const length = Math.round(performance.now() - this.#last)
    // What was rounded off belongs to the next interval.
    this.#last += length
    const end = Math.round(wallTime())
    return { start: end - length, end }
  }
}
