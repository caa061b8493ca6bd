import test from 'ava'
import { type BpfObject, open } from 'ebpf'
import { possibleCpus } from 'ebpf/kernel'
import { fixture } from '../helpers/fixture.js'
import '../helpers/no-leaks.js'

interface Stats {
  hits: bigint
  last: number
  pad: number
}

function load(): BpfObject {
  const object = open(fixture('handles'))
  for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
  return object.loadSync()
}

test('get, set, has and delete work on decoded keys and values', (t) => {
  using bpf = load()
  const hits = bpf.map<number, Stats>('hits')
  t.is(hits.get(1), undefined)
  t.false(hits.has(1))
  hits.set(1, { hits: 2n ** 63n, last: 5, pad: 0 })
  t.deepEqual(hits.get(1), { hits: 2n ** 63n, last: 5, pad: 0 })
  t.true(hits.has(1))
  t.true(hits.delete(1))
  t.false(hits.delete(1))
})

test('a value whose getter uses the map is written as it is', (t) => {
  using bpf = load()
  const hits = bpf.map<number, Stats>('hits')
  hits.set(1, { hits: 10n, last: 11, pad: 12 })
  const value = {
    hits: 20n,
    get last() {
      hits.set(3, { hits: 30n, last: 31, pad: 32 })
      return hits.get(1)?.last ?? 0
    },
    pad: 22,
  }
  hits.set(2, value)
  t.deepEqual(hits.get(2), { hits: 20n, last: 11, pad: 22 })
  t.deepEqual(hits.get(3), { hits: 30n, last: 31, pad: 32 })
  t.throws(() => hits.set(2, { ...value, pad: -1 }), { instanceOf: RangeError })
  t.deepEqual(hits.get(2), { hits: 20n, last: 11, pad: 22 })
})

test('what a codec of the user’s keeps stays as it was', (t) => {
  using bpf = load()
  const kept: Uint8Array[] = []
  const decode = (bytes: Uint8Array) => {
    kept.push(bytes)
    const last = bytes[8]
    const buffer = bytes.buffer as ArrayBuffer
    structuredClone(buffer, { transfer: kept.length === 3 ? [buffer] : [] })
    return last
  }
  const value = { encode: (last: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, last, 0, 0, 0, 0, 0, 0, 0), decode }
  const hits = bpf.map<number, number | undefined>('hits', { value: value as never })
  for (const key of [1, 2, 3]) hits.set(key, key)
  t.deepEqual(
    [1, 2, 3].map((key) => hits.get(key)),
    [1, 2, 3],
  )
  t.deepEqual(
    kept.map((bytes) => bytes[8]),
    [1, 2, undefined],
  )
  t.is(hits.get(2), 2)
})

test('set by mode fails as the kernel says', (t) => {
  using bpf = load()
  const hits = bpf.map<number, Stats>('hits')
  const value = { hits: 1n, last: 1, pad: 0 }
  t.throws(() => hits.set(1, value, 'exist'), { code: 'ENOENT' })
  hits.set(1, value, 'noexist')
  t.throws(() => hits.set(1, value, 'noexist'), { code: 'EEXIST' })
})

test('iteration sees every entry once, whatever the number of batches', (t) => {
  using bpf = load()
  const hits = bpf.map<number, Stats>('hits')
  for (let key = 0; key < 1024; key++) hits.set(key, { hits: BigInt(key), last: key, pad: 0 })
  const seen = [...hits]
  t.is(seen.length, 1024)
  t.is(new Set(hits.keys()).size, 1024)
  t.true(seen.every(([key, { hits: n, last }]) => n === BigInt(key) && last === key))
  t.is(
    [...hits.values()].reduce((sum, { last }) => sum + last, 0),
    (1023 * 1024) / 2,
  )
})

test('drain yields every entry and leaves none', (t) => {
  using bpf = load()
  const hits = bpf.map<number, Stats>('hits')
  for (let key = 0; key < 100; key++) hits.set(key, { hits: 1n, last: key, pad: 0 })
  t.is([...hits.drain()].length, 100)
  t.is([...hits].length, 0)
})

test('a map may be changed while it is iterated', (t) => {
  using bpf = load()
  const hits = bpf.map<number, Stats>('hits')
  for (let key = 0; key < 50; key++) hits.set(key, { hits: 1n, last: key, pad: 0 })
  for (const [key] of hits) hits.delete(key)
  t.is([...hits].length, 0)
})

test('a per-CPU map holds a value for each possible CPU', (t) => {
  using bpf = load()
  const perCpu = bpf.map<number, bigint[]>('per_cpu')
  const run = bpf.program('run_once')
  for (let i = 0; i < 10; i++) run.run({ data: new Uint8Array(64) })
  const values = perCpu.get(0) ?? []
  t.is(values.length, possibleCpus())
  t.is(
    values.reduce((sum, value) => sum + value, 0n),
    10n,
  )
  perCpu.set(
    1,
    values.map((_, cpu) => BigInt(cpu)),
  )
  t.deepEqual(
    perCpu.get(1),
    values.map((_, cpu) => BigInt(cpu)),
  )
  t.throws(() => perCpu.set(1, [1n, 2n, 3n, 4n, 5n, 6n, 7n].slice(0, values.length + 1).concat(9n) as bigint[]), {
    message: /per_cpu/,
  })
})

test('the map of the moment in an array of maps is swapped without losing an update', async (t) => {
  using bpf = load()
  const outer = bpf.map<number, unknown>('outer')
  const inner = [bpf.map<number, bigint>('inner_a'), bpf.map<number, bigint>('inner_b')] as const
  const run = bpf.program('run_once')
  let total = 0n
  for (let epoch = 0; epoch < 6; epoch++) {
    for (let i = 0; i < 5; i++) run.run({ data: new Uint8Array(64) })
    await outer.setAsync(0, inner[(epoch + 1) % 2 === 0 ? 0 : 1])
    for (const [, count] of inner[epoch % 2 === 0 ? 0 : 1].drain()) total += count
  }
  t.is(total, 30n)
})

test('keys and values can be raw bytes of exactly the right size', (t) => {
  using bpf = load()
  const hits = bpf.map<Uint8Array, Uint8Array>('hits', { key: 'raw', value: 'raw' })
  hits.set(new Uint8Array([1, 2, 3, 4]), new Uint8Array(16).fill(9))
  t.deepEqual([...hits], [[new Uint8Array([1, 2, 3, 4]), new Uint8Array(16).fill(9)]])
  t.throws(() => hits.get(new Uint8Array(3)), {
    instanceOf: RangeError,
    message: /key of map hits must have 4 bytes, not 3/,
  })
  t.throws(() => hits.get('x' as never), { instanceOf: TypeError, message: /hits.*x/ })
})

test('a key or value of the wrong shape is refused by name', (t) => {
  using bpf = load()
  const hits = bpf.map<number, Stats>('hits')
  t.throws(() => hits.get(Number.NaN), { message: /NaN/ })
  t.throws(() => hits.get(-1), { instanceOf: RangeError, message: /-1/ })
  t.throws(() => hits.set(1, { hits: 1n, last: 1 } as Stats), { instanceOf: TypeError, message: /pad/ })
  t.throws(() => bpf.map('outer').set(0, 5), { instanceOf: TypeError, message: /handle.*5/ })
})
