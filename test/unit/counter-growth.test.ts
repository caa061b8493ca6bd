import test from 'ava'
import { CounterGrowth, minus } from '../../lib/monitors/shared/counter-growth.js'
import type { BpfObject } from '../../lib/object/bpf-object.js'

/** Counters whose sum over all CPUs is what the test sets. */
function growing() {
  const sums = { refused: 5, sent: { segments: 10, bytes: 1000 } }
  const map = { getSum: (key: number) => (key === 0 ? structuredClone(sums) : undefined) }
  const object = { map: (name: string) => (name === 'counters' ? map : undefined) } as unknown as BpfObject
  return { sums, counters: new CounterGrowth<typeof sums>(object, 'counters') }
}

test('counters grow from zero, then from what was taken', (t) => {
  const { sums, counters } = growing()
  t.deepEqual(counters.take(), { refused: 5, sent: { segments: 10, bytes: 1000 } })
  t.deepEqual(counters.take(), { refused: 0, sent: { segments: 0, bytes: 0 } })
  sums.refused += 1
  sums.sent.bytes += 20
  t.deepEqual(counters.take(), { refused: 1, sent: { segments: 0, bytes: 20 } })
})

test('growth that was read and not taken is read again', (t) => {
  const { sums, counters } = growing()
  counters.take()
  sums.refused += 1
  const first = counters.read()
  t.is(first.grown.refused, 1)
  sums.refused += 2
  t.is(counters.read().grown.refused, 3)
  // What came after the read is not taken with it.
  first.take()
  t.is(counters.read().grown.refused, 2)
})

test('counters are subtracted number by number, and keep their names', (t) => {
  t.deepEqual(minus({ a: 5, b: { c: 7, d: 1 } }, { a: 2, b: { c: 3, d: 1 } }), { a: 3, b: { c: 4, d: 0 } })
})
