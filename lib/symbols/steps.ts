import { LoopTurns } from '../internal/loop-turns.js'

/** Long work that may pause wherever it yields: a fraction of a millisecond apart. */
export type Steps<T> = Generator<void, T, void>

/** Without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** With a turn of the event loop every 10 ms. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  const turns = new LoopTurns()
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (turns.over) await turns.take()
  }
}
