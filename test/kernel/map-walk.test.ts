import { createMap, openMap, u32, u64 } from 'ebpf'
import { possibleCpus } from 'ebpf/kernel'
import { countTurns } from '../helpers/count-turns.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture } from '../helpers/load-fixture.js'

const numbered = (count: number) => Array.from({ length: count }, (_, i) => [i, BigInt(i)] as const)

kernelTest('many entries are set, deleted and drained by batches', {}, (t) => {
  using map = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 10_000 })
  t.is(map.setBatch(numbered(10_000)), 10_000)
  t.is([...map.keys()].length, 10_000)
  t.is(map.get(9999), 9999n)
  t.throws(() => map.setBatch([[1, 1n]], 'noexist'), { code: 'EEXIST' })
  // Missing keys are skipped.
  t.is(map.deleteBatch([1, 77_777, 2, 88_888, 3, 3]), 3)
  t.is(map.deleteBatch(Array.from({ length: 5000 }, (_, i) => i)), 4997)
  t.is([...map.drain()].length, 5000)
  t.is([...map].length, 0)
  t.is(map.setBatch([]), 0)
})

kernelTest('a codec that makes too few or too many bytes is refused, whatever the operation', {}, (t) => {
  const length = (size: number) => ({ ...u32, encode: () => new Uint8Array(size) })
  for (const size of [3, 5]) {
    using keys = createMap({ type: 'hash', name: 'wrong', key: length(size), value: u32, maxEntries: 4 })
    using values = createMap({ type: 'hash', name: 'wrong', key: u32, value: length(size), maxEntries: 4 })
    for (const change of [
      () => keys.set(1, 1),
      () => keys.setBatch([[1, 1]]),
      () => keys.deleteBatch([1]),
      () => keys.get(1),
      () => values.set(1, 1),
      () => values.setBatch([[1, 1]]),
    ]) {
      t.throws(change, { instanceOf: RangeError, message: new RegExp(`4 bytes.*${size}`) })
    }
  }
  using perCpu = createMap({ type: 'percpu_array', name: 'wrong', value: length(9), valueSize: 4, maxEntries: 1 })
  t.throws(() => perCpu.setEveryCpu(0, 1), { instanceOf: RangeError, message: /wrong has 4 bytes a CPU, not 9/ })
})

kernelTest('kinds without batches do the same one by one', {}, (t) => {
  using inner = createMap({ type: 'array', value: u32, maxEntries: 1 })
  using other = createMap({ type: 'array', value: u32, maxEntries: 1 })
  using outer = createMap({ type: 'hash_of_maps', key: u32, maxEntries: 4, inner })
  outer.setBatch([
    [1, inner],
    [2, other],
  ])
  t.deepEqual(
    new Map([...outer].sort()),
    new Map([
      [1, inner.id],
      [2, other.id],
    ]),
  )
  t.is(outer.deleteBatch([1, 5, 2]), 2)
  using devices = createMap({ type: 'devmap', maxEntries: 4 })
  devices.setBatch([[3, 1]])
  t.deepEqual([...devices], [[3, 1]])
  t.deepEqual([...devices.drain()], [[3, 1]])
  t.deepEqual([...devices], [])
})

kernelTest('a map that is emptied while it is walked yields no key twice, and ends', {}, (t) => {
  using map = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 20_000 })
  map.setBatch(numbered(20_000))
  const seen: number[] = []
  for (const [key] of map) {
    seen.push(key)
    map.delete(key)
    map.delete((key + 7) % 20_000)
  }
  t.is(new Set(seen).size, seen.length)
  t.deepEqual([...map], [])
})

kernelTest('an entry that is deleted and set again while a map is walked comes once', {}, (t) => {
  using map = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 20_000 })
  map.setBatch(numbered(10_000))
  let count = 0
  for (const [key, value] of map) {
    map.delete(key)
    map.set(key, value)
    count++
  }
  t.is(count, 10_000)
})

kernelTest('an LPM trie that is emptied while it is walked yields no key twice', {}, (t) => {
  using bpf = loadFixture('maps', [])
  const routes = bpf.map<{ prefixlen: number; address: Uint8Array }, number>('routes')
  routes.setBatch(
    numbered(9000).map(([i]) => [{ prefixlen: 32, address: Uint8Array.from([10, 0, i >> 8, i & 255]) }, i] as const),
  )
  const seen: number[] = []
  for (const [key, value] of routes) {
    seen.push(value)
    routes.delete(key)
  }
  t.is(seen.length, 9000)
  t.is(new Set(seen).size, 9000)
  t.deepEqual([...routes], [])
})

for (const kind of ['hash', 'percpu_hash', 'lru_hash'] as const) {
  kernelTest(`a loop over a ${kind} that drains it and ends early leaves what it did not reach`, {}, (t) => {
    using map = createMap({ type: kind, key: u32, value: u32, maxEntries: 20_000 })
    const cpus = kind === 'percpu_hash' ? possibleCpus() : 0
    const value = (i: number) => (cpus ? Array.from({ length: cpus }, (_, cpu) => i + cpu) : i)
    const entries = Array.from({ length: 5000 }, (_, i) => [i, value(i)] as const)
    map.setBatch(entries as never)
    const expected = new Map<unknown, unknown>(entries)
    let reached = 0
    for (const [key] of map.drain()) {
      expected.delete(key)
      if (++reached === 10) break
    }
    t.throws(
      () => {
        for (const [key] of map.drain()) {
          expected.delete(key)
          throw new Error('mine')
        }
      },
      { message: 'mine' },
    )
    t.is(expected.size, 4989)
    t.deepEqual(new Map<unknown, unknown>([...map].sort(([a], [b]) => a - b)), expected)
    t.is([...map.drain()].length, 4989)
    t.deepEqual([...map], [])
  })
}

kernelTest('a value that cannot be decoded stays in the map that is drained', {}, (t) => {
  const picky = {
    ...u32,
    decode: (bytes: Uint8Array, view: DataView, at: number) => {
      const value = u32.decode(bytes, view, at)
      if (value === 3) throw new RangeError('a value of 3')
      return value
    },
  }
  using map = createMap({ type: 'hash', key: u32, value: picky, maxEntries: 16 })
  using plain = openMap<number, number>({ id: map.id }, { key: u32, value: u32 })
  map.setBatch([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
  ])
  t.throws(() => [...map.drain()], { message: 'a value of 3' })
  t.is(plain.get(3), 3)
  t.true([...plain.drain()].some(([key]) => key === 3))
})

kernelTest('a loop that drains an LPM trie and ends early leaves what it did not reach', {}, (t) => {
  using bpf = loadFixture('maps', [])
  const routes = bpf.map<{ prefixlen: number; address: Uint8Array }, number>('routes')
  routes.setBatch(
    numbered(100).map(
      ([i]) => [{ prefixlen: i % 2 ? 32 : 24 + (i % 8), address: Uint8Array.from([10, i, 0, 0]) }, i] as const,
    ),
  )
  const seen: number[] = []
  for (const [, value] of routes.drain()) {
    seen.push(value)
    if (seen.length === 10) break
  }
  t.is([...routes].length, 90)
  for (const [, value] of routes.drain()) seen.push(value)
  t.deepEqual(
    seen.sort((a, b) => a - b),
    numbered(100).map(([i]) => i),
  )
  t.deepEqual([...routes], [])
})

kernelTest('a large map is walked and drained in turns of the event loop', {}, async (t) => {
  const many = 60_000
  using map = createMap({ type: 'hash', key: u32, value: u64, maxEntries: many })
  map.setBatch(numbered(many))
  const seen = new Map<number, bigint>()
  const start = performance.now()
  const { turns } = await countTurns(async () => {
    for await (const [key, value] of map) seen.set(key, value)
  })
  const took = performance.now() - start
  t.deepEqual(
    [...seen.keys()].sort((a, b) => a - b),
    Array.from(numbered(many), ([key]) => key),
  )
  // A slice is about 10 ms.
  t.true(turns >= 1 || took < 30, `${turns} turns in ${took} ms`)
  let drained = 0
  for await (const [key, value] of map.drainAsync()) {
    t.is(value, BigInt(key))
    if (++drained === 5000) break
  }
  t.is([...map.keys()].length, many - 5000, 'what the loop did not reach is in the map')
  const rest: number[] = []
  for await (const [key] of map.drainAsync()) rest.push(key)
  t.is(rest.length, many - 5000)
  t.is([...map].length, 0)
})

kernelTest(
  'a map that is closed while it is walked in turns ends the walk with EBADF, and one that cannot be walked says so',
  {},
  async (t) => {
    const map = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 20_000 })
    map.setBatch(numbered(20_000))
    await t.throwsAsync(
      async () => {
        for await (const _ of map) map.close()
      },
      { code: 'EBADF' },
    )
    using queue = createMap({ type: 'queue', value: u32, maxEntries: 4 })
    await t.throwsAsync(queue[Symbol.asyncIterator]().next(), { code: 'ENOTSUP', message: /queue/ })
    await t.throwsAsync(queue.drainAsync().next(), { code: 'ENOTSUP', message: /queue/ })
  },
)
