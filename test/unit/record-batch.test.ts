import test from 'ava'
import { Extent } from '../../lib/events/extent.js'
import { RecordBatch } from '../../lib/events/record-batch.js'
import { recordBytes } from '../../lib/events/record-bytes.js'
import { Readers } from '../../lib/events/records.js'
import { littleEndian } from '../../lib/internal/byte-order.js'

const busy = 0x8000_0000
const discarded = 0x4000_0000

/** A ring's memory with a record of 8 bytes for each header's flags, whose first word counts them. */
function ring(flags: number[]) {
  const view = new DataView(new ArrayBuffer(flags.length * 16))
  const commit = (i: number, flag = 0) => view.setUint32(i * 16, (8 | flag) >>> 0, littleEndian)
  flags.forEach((flag, i) => {
    commit(i, flag)
    view.setUint32(i * 16 + 8, i, littleEndian)
  })
  const given: number[] = []
  const extent = new Extent(view, 0, view.byteLength, false)
  const decode = (offset: number) => view.getUint32(offset, littleEndian)
  const readers = new Readers(view, () => decode)
  return { batch: new RecordBatch(extent, readers, (bytes) => given.push(bytes)), extent, commit, given }
}

test('a record that is still being written ends a batch, for good once it was met', (t) => {
  const { batch, commit, given } = ring([0, 0, busy, 0])
  t.deepEqual(batch.toArray(), [0, 1])
  commit(2)
  t.deepEqual([...batch], [0, 1])
  t.is(batch.byteLength, 32)
  batch.release()
  t.deepEqual(given, [32])
  t.is(batch.byteLength, 32)
})

test('a batch is empty whose first record is still being written, or that has only discarded ones', (t) => {
  t.true(ring([busy, 0]).batch.empty)
  t.true(ring([]).batch.empty)
  t.true(ring([discarded]).batch.empty)
  t.false(ring([discarded, 0]).batch.empty)
  t.deepEqual(
    [[busy, 0], [], [discarded], [discarded, 0]].map((records) => ring(records).batch.found),
    ['nothing', 'nothing', 'discarded', 'records'],
  )
})

test('every way to read passes over what was discarded', (t) => {
  const { batch } = ring([discarded, 0, discarded, discarded, 0, discarded])
  const seen: number[] = []
  batch.forEachCursor((record) => {
    seen.push(record.u32(0))
  })
  t.deepEqual(seen, [1, 4])
  batch.each((number) => {
    seen.push(number)
  })
  t.deepEqual(seen, [1, 4, 1, 4])
  t.deepEqual(batch.toArray(), [1, 4])
  t.deepEqual([...batch], [1, 4])
})

test('a loop that ends early gives back what it reached, and the whole batch unless it is told to keep the rest', (t) => {
  for (const keep of [true, false]) {
    const { batch, given } = ring([0, 0, 0, 0])
    for (const record of batch) if (record === 1) break
    if (keep) batch.keepRest()
    batch.release()
    t.deepEqual(given, [keep ? 32 : 64])
  }
})

test('a callback that throws has reached its record', (t) => {
  const { batch, given } = ring([0, discarded, 0, 0])
  const reach = (number: number) => {
    if (number === 2) throw new Error('mine')
  }
  t.throws(() => batch.each(reach), { message: 'mine' })
  batch.keepRest()
  batch.release()
  t.deepEqual(given, [48])
})

test('a length that passes the end, which another reader’s writes may leave, is not believed', (t) => {
  const { batch, commit } = ring([0, 0])
  commit(1, 64)
  t.deepEqual(batch.toArray(), [0])
})

test('closing ends every loop over a batch where it is, releasing makes them throw', (t) => {
  const { batch, extent } = ring([0, 0, 0])
  const seen: number[] = []
  batch.forEachCursor((record) => {
    seen.push(record.u32(0))
    extent.close()
  })
  t.deepEqual(seen, [0])
  const other = ring([0, 0, 0]).batch
  const records = other[Symbol.iterator]()
  records.next()
  other.release()
  t.throws(() => records.next(), { instanceOf: RangeError, message: /valid only until/ })
  t.throws(() => other.forEachCursor(() => {}), { instanceOf: RangeError })
})

test('bytes of records are copies, also of large ones that share one', (t) => {
  const lengths = [200, 8, 72, 40_000, 16, 40_000, 65]
  const view = new DataView(new ArrayBuffer(lengths.reduce((sum, length) => sum + 8 + ((length + 7) & ~7), 0)))
  const places: number[] = []
  let at = 0
  lengths.forEach((length, i) => {
    places.push(at)
    view.setUint32(at, length | (i === 2 ? discarded : 0), littleEndian)
    new Uint8Array(view.buffer, at + 8, length).fill(i + 1)
    at += 8 + ((length + 7) & ~7)
  })
  const last = lengths.length - 1
  const lastHeader = view.getUint32(places[last] ?? 0, littleEndian)
  view.setUint32(places[last] ?? 0, lastHeader | busy, littleEndian)
  const readers = new Readers(view, recordBytes)
  const read = (from: number) => {
    const batch = new RecordBatch(new Extent(view, from, view.byteLength, false), readers, () => {})
    const records = batch.toArray()
    batch.release()
    return records
  }
  const first = read(0)
  // What follows in the ring's memory must not be taken for what was copied before.
  view.setUint32(places[last] ?? 0, lastHeader, littleEndian)
  const second = read(places[last] ?? 0)
  new Uint8Array(view.buffer).fill(0)
  t.deepEqual(
    [...first, ...second].map((record) => [record.length, record[0], record.at(-1)]),
    [
      [200, 1, 1],
      [8, 2, 2],
      [40_000, 4, 4],
      [16, 5, 5],
      [40_000, 6, 6],
      [65, 7, 7],
    ],
  )
})

test('bytes of records are copies where a batch is longer than what is copied at once', (t) => {
  const length = 30_000
  const view = new DataView(new ArrayBuffer(6 * (8 + length)))
  for (let i = 0; i < 6; i++) {
    view.setUint32(i * (8 + length), length, littleEndian)
    new Uint8Array(view.buffer, i * (8 + length) + 8, length).fill(i + 1)
  }
  const extent = new Extent(view, 0, view.byteLength, true)
  const records = new RecordBatch(extent, new Readers(view, recordBytes), () => {}).toArray()
  new Uint8Array(view.buffer).fill(0)
  t.deepEqual(
    records.map((record) => [record.length, record[0], record.at(-1)]),
    [1, 2, 3, 4, 5, 6].map((value) => [length, value, value]),
  )
})
