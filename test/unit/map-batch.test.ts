import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import type { BpfMapInfo, NativeMap } from '../../lib/internal/binding.js'
import { deleteInBatches, updateInBatches } from '../../lib/maps/batch.js'

const failure = (code: string, errno: number) => new BpfError({ code, errno, operation: 'a batch' })

/** A hash map of bytes by bytes, whose batches end with what `batch` throws, if anything, for how many entries have room. */
function mapOf(entries: Iterable<readonly [number, number]>, batch: (entries: number) => BpfError | undefined) {
  const held = new Map(entries)
  const element = new ArrayBuffer(16)
  const [key, value] = [new Uint8Array(element, 0, 1), new Uint8Array(element, 8, 1)]
  const asked: number[] = []
  const ask = (count: number) => {
    asked.push(count)
    const error = batch(count)
    if (error) throw error
  }
  const map: Partial<NativeMap> = {
    info: { type: 1, name: 'm', keySize: 1, userValueSize: 1, maxEntries: 20_000 } as BpfMapInfo,
    element,
    updateBatch(keys, values, count) {
      ask(count)
      for (let i = 0; i < count; i++) held.set(keys[i] as number, values[i] as number)
      return count
    },
    deleteBatch(keys, count) {
      ask(count)
      for (let i = 0; i < count; i++) if (!held.delete(keys[i] as number)) return i
      return count
    },
    lookup: () => {
      const found = held.get(key[0] as number)
      if (found !== undefined) value[0] = found
      return found !== undefined
    },
    update: () => void held.set(key[0] as number, value[0] as number),
    delete: () => held.delete(key[0] as number),
  }
  return { map: map as NativeMap, held, asked }
}

const three = [
  [1, 10],
  [2, 20],
  [3, 30],
] as const

test('what has no batches, as each kernel says so, is set and deleted one by one', (t) => {
  for (const [code, errno] of [
    ['EINVAL', 22],
    ['EOPNOTSUPP', 95],
    ['ENOTSUPP', 524],
  ] as const) {
    const { map, held, asked } = mapOf(three, () => failure(code, errno))
    t.is(updateInBatches(map, [[Uint8Array.of(4), Uint8Array.of(40)]], 0), 1)
    t.is(held.get(4), 40)
    t.is(
      deleteInBatches(
        map,
        [2, 9, 4].map((key) => Uint8Array.of(key)),
      ),
      2,
    )
    t.deepEqual([...held], [three[0], three[2]] as never, code)
    t.is(asked.length, 2)
  }
})

test('another failure of a batch is the operation’s', (t) => {
  const { map } = mapOf(three, () => failure('ENOMEM', 12))
  for (const operation of [
    () => updateInBatches(map, [[Uint8Array.of(1), Uint8Array.of(1)]], 0),
    () => deleteInBatches(map, [Uint8Array.of(1)]),
  ]) {
    t.throws(operation, { instanceOf: BpfError, code: 'ENOMEM' })
  }
})

test('entries are set and deleted by batches of 4096, and keys that are not there are passed over', (t) => {
  const { map, held, asked } = mapOf(three, () => undefined)
  const many = Array.from({ length: 5000 }, (_, i) => [Uint8Array.of(i % 250), Uint8Array.of(1)] as const)
  t.is(updateInBatches(map, many, 0), 5000)
  t.deepEqual(asked.splice(0), [4096, 904])
  t.is(held.size, 250)
  t.is(
    deleteInBatches(
      map,
      [1, 251, 252, 2, 1].map((key) => Uint8Array.of(key)),
    ),
    2,
  )
  t.deepEqual(asked, [5, 3, 2])
})
