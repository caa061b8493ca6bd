import test from 'ava'
import { sumOf } from '../../lib/maps/sum.js'

test('numbers and bigints of all CPUs are added, in structs and in arrays', (t) => {
  t.is(sumOf([1, 2, 4]), 7)
  t.is(sumOf([2n ** 63n, 2n ** 63n, 1n]), 2n ** 64n + 1n)
  t.deepEqual(
    sumOf([
      { a: 1, b: [1n, { c: 2 }] },
      { a: 10, b: [10n, { c: 20 }] },
    ]),
    { a: 11, b: [11n, { c: 22 }] },
  )
  const one = { a: 1 }
  t.deepEqual(sumOf([one]), one)
})

test('what is no number is the first CPU’s', (t) => {
  const value = (cpu: number) => ({ count: 1, name: `cpu${cpu}`, bytes: Uint8Array.of(cpu), up: cpu === 0 })
  t.deepEqual(sumOf([value(0), value(1), value(2)]), { ...value(0), count: 3 })
})
