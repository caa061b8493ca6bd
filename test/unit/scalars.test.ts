import test from 'ava'
import { littleEndian } from '../../lib/internal/byte-order.js'
import type { SizedCodec } from '../../lib/maps/codec.js'
import { i8, i16, i32, i64, u8, u16, u32, u64 } from '../../lib/maps/scalars.js'

/** Encodes a value, and decodes it at an odd place among other bytes. */
function roundTrip<T>(codec: SizedCodec<T>, value: T): { bytes: number[]; decoded: T } {
  const encoded = codec.encode(value)
  const memory = new Uint8Array(16).fill(0xaa)
  memory.set(encoded, 3)
  const bytes = littleEndian ? [...encoded] : [...encoded].reverse()
  return { bytes, decoded: codec.decode(memory, new DataView(memory.buffer), 3) }
}

const numbers = { u8, u16, u32, i8, i16, i32 }

test('an integer has its size, and its bytes in the machine’s order', (t) => {
  const bytes = [0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8]
  const values = { u8: 0xf1, i8: 0xf1 - 0x100, u16: 0xf2f1, i16: 0xf2f1 - 0x1_0000 }
  const wide = { u32: 0xf4f3f2f1, i32: 0xf4f3f2f1 - 0x1_0000_0000 }
  for (const [name, value] of Object.entries({ ...values, ...wide })) {
    const codec = numbers[name as keyof typeof numbers]
    t.deepEqual(roundTrip(codec, value), { bytes: bytes.slice(0, codec.size), decoded: value }, name)
  }
  t.deepEqual(
    Object.values(numbers).map(({ size }) => size),
    [1, 2, 4, 1, 2, 4],
  )
  t.deepEqual(roundTrip(u64, 0xf8f7f6f5f4f3f2f1n), { bytes, decoded: 0xf8f7f6f5f4f3f2f1n })
  t.deepEqual(roundTrip(i64, 0xf8f7f6f5f4f3f2f1n - 2n ** 64n), { bytes, decoded: 0xf8f7f6f5f4f3f2f1n - 2n ** 64n })
})

test('an integer takes the least and the greatest of its type, and nothing beyond', (t) => {
  const ranges = { u8: [0, 255], i8: [-128, 127], u16: [0, 65_535], i16: [-32_768, 32_767] }
  const wide = { u32: [0, 4_294_967_295], i32: [-2_147_483_648, 2_147_483_647] }
  for (const [name, [least = 0, most = 0]] of Object.entries({ ...ranges, ...wide })) {
    const codec = numbers[name as keyof typeof numbers]
    for (const value of [least, most]) t.is(roundTrip(codec, value).decoded, value, name)
    for (const value of [least - 1, most + 1, 0.5, Number.NaN]) {
      const message = `a ${name} must be an integer from ${least} to ${most}, not ${value}`
      t.throws(() => codec.encode(value), { instanceOf: RangeError, message })
    }
    t.throws(() => codec.encode(1n as never), { instanceOf: TypeError, message: `a ${name} must be a number, not 1n` })
  }
})

test('a wide integer takes the least and the greatest of its type, and nothing beyond', (t) => {
  const bounds = [
    ['u64', u64, 0n, 2n ** 64n - 1n],
    ['i64', i64, -(2n ** 63n), 2n ** 63n - 1n],
  ] as const
  for (const [name, codec, least, most] of bounds) {
    for (const value of [least, most]) t.is(roundTrip(codec, value).decoded, value)
    for (const value of [least - 1n, most + 1n]) {
      t.throws(() => codec.encode(value), { instanceOf: RangeError, message: `a ${name} cannot be ${value}` })
    }
    t.throws(() => codec.encode(1 as never), { instanceOf: TypeError, message: `a ${name} must be a bigint, not 1` })
  }
})
