import test from 'ava'
import { cursorOver } from '../../lib/events/record-cursor.js'
import { littleEndian } from '../../lib/internal/byte-order.js'

// The records before and behind it are of 0xff.
const memory = new Uint8Array(32).fill(0xff)
const record = [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x08]
memory.set(record, 8)
const cursor = cursorOver(new DataView(memory.buffer))(8, record.length)

const signed = (value: number, bits: number) => value - 2 ** bits

test('a field is read by its width and sign, in the machine’s order or, when asked, from the top', (t) => {
  t.is(cursor.length, 9)
  t.deepEqual([cursor.u8(1), cursor.i8(1), cursor.u8(8), cursor.i8(8)], [0x81, signed(0x81, 8), 8, 8])
  const big = { u16: 0x8182, u32: 0x81828384, u64: 0x8182838485868708n }
  const little = { u16: 0x8281, u32: 0x84838281, u64: 0x0887868584838281n }
  for (const [top, { u16, u32, u64 }] of [
    [true, big],
    [false, littleEndian ? little : big],
  ] as const) {
    t.deepEqual([cursor.u16(1, top), cursor.i16(1, top)], [u16, signed(u16, 16)])
    t.deepEqual([cursor.u32(1, top), cursor.i32(1, top)], [u32, signed(u32, 32)])
    t.deepEqual([cursor.u64(1, top), cursor.i64(1, top)], [u64, BigInt.asIntN(64, u64)])
  }
  t.deepEqual([cursor.u16(1), cursor.i16(1)], [cursor.u16(1, false), cursor.i16(1, false)])
  t.deepEqual([cursor.u32(1), cursor.i32(1)], [cursor.u32(1, false), cursor.i32(1, false)])
  t.deepEqual([cursor.u64(1), cursor.i64(1)], [cursor.u64(1, false), cursor.i64(1, false)])
})

test('no field reaches over the record’s end, nor before its beginning', (t) => {
  const widths = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, u64: 8, i64: 8 } as const
  for (const [name, width] of Object.entries(widths)) {
    const read = (at: number) => cursor[name as keyof typeof widths](at)
    t.notThrows(() => read(9 - width), name)
    for (const at of [10 - width, -1, 0.5, Number.NaN]) {
      t.throws(() => read(at), {
        instanceOf: RangeError,
        message: `${width} bytes at ${at} are outside a record of 9 bytes`,
      })
    }
  }
})

test('bytes are a copy of a part, or of all from there to the end', (t) => {
  const copy = cursor.bytes()
  t.deepEqual([...copy], record)
  copy.fill(0)
  t.is(cursor.u8(0), 0x80)
  t.deepEqual([...cursor.bytes(7)], [0x87, 0x08])
  t.deepEqual([...cursor.bytes(2, 3)], [0x82, 0x83, 0x84])
  t.is(cursor.bytes(9).length, 0)
  for (const [at, length] of [
    [8, 2],
    [10, 0],
    [0, -1],
  ] as const) {
    t.throws(() => cursor.bytes(at, length), { instanceOf: RangeError, message: /outside a record of 9 bytes/ })
  }
})
