import test from 'ava'
import { sortedRuns } from '../../lib/symbols/sorted-runs.js'
import { atOnce } from '../../lib/symbols/steps.js'
import { Random, seedOfRun } from '../helpers/random.js'

test('runs are merged in order, and equal ones keep theirs', (t) => {
  const seed = seedOfRun()
  const random = new Random(seed)
  for (let round = 0; round < 300; round++) {
    const values = Array.from({ length: random.below(40) }, () => random.below(12))
    const order = [...atOnce(sortedRuns(values.length, (a, b) => (values[a] ?? 0) - (values[b] ?? 0)))]
    // Array.prototype.sort is stable.
    const expected = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
    t.deepEqual(order, expected, `SEED=${seed}: ${values}`)
  }
})

test('what is in order already is compared once', (t) => {
  let compared = 0
  const compare = (a: number, b: number) => {
    compared += 1
    return a - b
  }
  t.is(atOnce(sortedRuns(10_000, compare)).length, 10_000)
  t.is(compared, 9_999)
})

test('sorting many pauses on its way', (t) => {
  const steps = sortedRuns(100_000, (a, b) => (a % 2) - (b % 2) || a - b)
  let pauses = 0
  while (!steps.next().done) pauses++
  t.true(pauses > 100, `${pauses}`)
})
