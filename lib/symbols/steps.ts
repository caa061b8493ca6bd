import { LoopTurns } from '../internal/loop-turns.js'

/** Long work that may pause at each `yield`, a fraction of a millisecond apart. */
export type Steps<T> = Generator<void, T, void>

/** Does the work without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does the work, and yields to the event loop every 10 ms. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  const turns = new LoopTurns()
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (turns.over) await turns.take()
  }
}
