import test from 'ava'
import { sumOf } from '../../lib/maps/sum.js'

test('numbers and bigints of all CPUs are added, field by field and element by element', (t) => {
  const cpu = (factor: number) => ({
    packets: 2 * factor,
    bytes: 2n ** 60n * BigInt(factor),
    by: [factor, [3 * factor]],
  })
  t.deepEqual(sumOf([cpu(1), cpu(2), cpu(4)]), { packets: 14, bytes: 7n * 2n ** 60n, by: [7, [21]] })
  t.is(sumOf([1, 2, 4]), 7)
  t.is(sumOf([5n]), 5n)
})

test('what is no number is the first CPU’s: text, bytes, a truth value, and what another CPU has of another kind', (t) => {
  const cpu = (name: string, byte: number, packets: number | bigint) => ({
    name,
    raw: Uint8Array.of(byte, byte),
    up: name === 'first',
    nothing: null,
    nested: { name, packets },
  })
  t.deepEqual(sumOf([cpu('first', 1, 5), cpu('second', 2, 7), cpu('third', 3, 1)]), {
    name: 'first',
    raw: Uint8Array.of(1, 1),
    up: true,
    nothing: null,
    nested: { name: 'first', packets: 13 },
  })
  t.deepEqual(sumOf([cpu('first', 1, 5), cpu('second', 2, 7n)]).nested, { name: 'first', packets: 5 })
})
