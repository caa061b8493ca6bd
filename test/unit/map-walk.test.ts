import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import type { NativeMap } from '../../lib/internal/binding.js'
import { batches } from '../../lib/internal/map-walk.js'

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
