import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import type { NativeMap } from '../../lib/internal/binding.js'
import { batches } from '../../lib/maps/walk.js'

interface FakeMap {
  /** Its entries, bucket by bucket: a key of 4 bytes each, whose value is 8 times its lowest byte. */
  readonly buckets: readonly (readonly number[])[]
  readonly maxEntries: number
  /** Bytes; no map is made, so that they may be as large as they like. */
  readonly valueSize?: number
}

/** A hash map whose batches are whole buckets, and which says ENOSPC where the next one is larger than the buffers (kernel/bpf/hashtab.c). */
function fakeMap({ buckets, maxEntries, valueSize = 8 }: FakeMap) {
  const room: number[] = []
  const deleting: boolean[] = []
  const map = {
    info: { type: 1, keySize: 4, userValueSize: valueSize, maxEntries },
    lookupBatch(cursor: Uint8Array, first: boolean, keys: Uint8Array, values: Uint8Array, andDelete: boolean) {
      if (room.length === 100) throw new Error('the walk has no end')
      const entries = keys.length / 4
      room.push(entries)
      deleting.push(andDelete)
      if (values.length !== entries * valueSize) throw new Error(`${values.length} bytes for ${entries} values`)
      let next = first ? 0 : (cursor[0] ?? 0)
      const found: number[] = []
      for (; next < buckets.length && found.length + (buckets[next] ?? []).length <= entries; next++) {
        found.push(...(buckets[next] ?? []))
      }
      if (found.length === 0 && next < buckets.length) {
        throw new BpfError({ code: 'ENOSPC', errno: 28, operation: 'lookupBatch' })
      }
      cursor[0] = next
      for (const [i, key] of found.entries()) {
        new DataView(keys.buffer).setUint32(4 * i, key, true)
        values.fill(key & 0xff, valueSize * i, valueSize * i + Math.min(valueSize, 8))
      }
      return { count: found.length, done: next === buckets.length }
    },
  }
  return { map: map as unknown as NativeMap, room, deleting }
}

function keysOf(map: NativeMap, andDelete: boolean): number[] {
  const found: number[] = []
  for (const { keys, values, count } of batches(map, andDelete)) {
    for (let i = 0; i < count; i++) {
      const key = new DataView(keys.buffer).getUint32(4 * i, true)
      if (values[i * map.info.userValueSize] !== (key & 0xff)) throw new Error(`the value of ${key} is another's`)
      found.push(key)
    }
  }
  return found
}

const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

for (const andDelete of [false, true]) {
  const how = andDelete ? 'deletes' : 'reads'

  test(`a walk that ${how} makes its buffers larger until the largest bucket has room, and goes on where it was`, (t) => {
    const large = 1 << 23 // of which two are read at a time
    const { map, room, deleting } = fakeMap({
      buckets: [range(0, 1), range(10, 2), range(20, 9), range(40, 1)],
      maxEntries: 50,
      valueSize: large,
    })
    t.deepEqual(keysOf(map, andDelete), [0, 10, 11, ...range(20, 9), 40])
    t.deepEqual(room, [2, 2, 2, 8, 32])
    t.deepEqual([...new Set(deleting)], [andDelete])
  })
}

test('buffers never have more room than the map has entries', (t) => {
  const { map, room } = fakeMap({ buckets: [range(0, 5)], maxEntries: 5, valueSize: 1 << 23 })
  t.deepEqual(keysOf(map, false), range(0, 5))
  t.deepEqual(room, [2, 5])
})

test('a bucket that is larger than the map is an error, not a walk without end', (t) => {
  const { map, room } = fakeMap({ buckets: [range(0, 6)], maxEntries: 5 })
  t.throws(() => keysOf(map, false), { code: 'ENOSPC' })
  t.deepEqual(room, [5])
})

test('a batch is of 4096 entries at most, and of one at least', (t) => {
  const many = fakeMap({ buckets: range(0, 200).map((i) => range(100 * i, 100)), maxEntries: 30_000 })
  t.deepEqual(keysOf(many.map, false), range(0, 20_000))
  t.deepEqual([...new Set(many.room)], [4096])
  const huge = fakeMap({ buckets: [range(7, 1)], maxEntries: 10, valueSize: (1 << 24) + 8 })
  t.deepEqual(keysOf(huge.map, false), [7])
  t.deepEqual(huge.room, [1])
})

/** A map without batches, of keys of one byte and their doubles. A key of `vanishing` is gone when its value is asked for. */
function fakeSingles(next: (key: number | undefined) => number | undefined, vanishing: readonly number[] = []) {
  const element = new ArrayBuffer(16)
  const bytes = new Uint8Array(element)
  const deleted: (number | undefined)[] = []
  let steps = 0
  const map = {
    info: { type: 1, keySize: 1, userValueSize: 1, maxEntries: 4 },
    element,
    lookupBatch() {
      throw new BpfError({ code: 'EINVAL', errno: 22, operation: 'lookupBatch' })
    },
    nextKey(key: Uint8Array | undefined, to: Uint8Array) {
      if (++steps > 1000) throw new Error('the walk has no end')
      const found = next(key?.[0])
      if (found === undefined) return false
      to[0] = found
      return true
    },
    lookup() {
      const [key = 0] = bytes
      bytes[8] = 2 * key
      return !vanishing.includes(key)
    },
    delete: () => deleted.push(bytes[0]) > 0,
  }
  return { map: map as unknown as NativeMap, deleted }
}

const inOrder = (keys: readonly number[]) => (key: number | undefined) =>
  keys[key === undefined ? 0 : keys.indexOf(key) + 1]

test('without batches each entry is read by itself, but for those that are gone by then', (t) => {
  const { map, deleted } = fakeSingles(inOrder([1, 2, 3, 4]), [2])
  const read = Array.from(batches(map, false), ({ keys, values, remove }) => [keys[0], values[0], remove])
  t.deepEqual(read, [
    [1, 2, undefined],
    [3, 6, undefined],
    [4, 8, undefined],
  ])
  for (const { keys, remove } of batches(map, true)) if (keys[0] !== 3) remove?.()
  t.deepEqual(deleted, [1, 4])
})

test('keys that come again and again, as where programs delete without end, are told once', (t) => {
  const { map } = fakeSingles((key = 0) => (key % 3) + 1)
  t.deepEqual(
    [...batches(map, false)].map(({ keys }) => keys[0]),
    [1, 2, 3],
  )
})

for (const [type, kind] of [
  [1, 'a hash map'],
  [11, 'an LPM trie'],
] as const) {
  test(`a walk of ${kind} without batches pauses on its way, so that the event loop can have its turns`, (t) => {
    const { map } = fakeSingles(() => undefined)
    let last = 0
    const many = {
      ...map,
      info: { ...map.info, type, keySize: 2, maxEntries: 4000 },
      nextKey(_: unknown, to: Uint8Array) {
        new DataView(to.buffer).setUint16(0, ++last)
        return last <= 4000
      },
    } as unknown as NativeMap
    const counts = Array.from(batches(many, false), ({ count }) => count)
    t.is(counts.filter((count) => count === 1).length, 4000)
    t.true(counts.filter((count) => count === 0).length >= 10, 'pauses between the keys, and between the values')
  })
}

test('an error that is not for want of batches is told, and so is one in the middle of a walk', (t) => {
  const failing = (failure: number, code: string, errno: number) => {
    const { map } = fakeMap({ buckets: [range(0, 1), range(1, 1)], maxEntries: 1 })
    const native = map as unknown as { lookupBatch: (...args: unknown[]) => unknown }
    const { lookupBatch } = native
    let steps = 0
    native.lookupBatch = (...args) => {
      if (steps++ === failure) throw new BpfError({ code, errno, operation: 'lookupBatch' })
      return lookupBatch(...args)
    }
    return () => keysOf(map, false)
  }
  t.throws(failing(0, 'EPERM', 1), { code: 'EPERM' })
  t.throws(failing(1, 'EINVAL', 22), { code: 'EINVAL' })
})
