import type { Steps } from './steps.js'

/** Comparisons between two pauses. */
const pauseAfter = 4096

/**
 * Sorts the numbers below `count` with `compare`; equal ones stay in their order. Adjacent runs are merged, so that sorted input takes only
 * one pass: a list of symbols consists of a few sorted runs.
 */
export function* sortedRuns(count: number, compare: (a: number, b: number) => number): Steps<Uint32Array> {
  let order = new Uint32Array(count)
  /** The start of each run. */
  let starts: number[] = count > 0 ? [0] : []
  for (let i = 0; i < count; i++) {
    order[i] = i
    if (i > 0 && compare(i - 1, i) > 0) starts.push(i)
    if (i % pauseAfter === 0) yield
  }
  let merged = starts.length > 1 ? new Uint32Array(count) : order
  while (starts.length > 1) {
    const next: number[] = []
    for (let run = 0; run < starts.length; run += 2) {
      const start = starts[run] as number
      const middle = starts[run + 1] ?? count
      const end = starts[run + 2] ?? count
      next.push(start)
      let left = start
      let right = middle
      for (let to = start; to < end; to++) {
        if (to % pauseAfter === 0) yield
        const isLeft = right >= end || (left < middle && compare(order[left] as number, order[right] as number) <= 0)
        merged[to] = order[isLeft ? left++ : right++] as number
      }
    }
    ;[order, merged] = [merged, order]
    starts = next
  }
  return order
}
