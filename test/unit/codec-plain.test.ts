import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { BtfBuilder } from '../helpers/btf-builder.js'
import { strategies, viewOf } from '../helpers/codec-strategies.js'

/** Plain records, for which encoders are generated, and records of one view, which are decoded unchecked. */

type Order = 'little' | 'big'
const orders: readonly Order[] = ['little', 'big']

/** A struct of what `define` adds. */
function structOf(define: (b: BtfBuilder) => number, byteOrder: Order = 'little') {
  const b = new BtfBuilder({ byteOrder })
  const id = define(b)
  return { btf: Btf.parse(b.bytes()), id }
}

const single = (name: string, size: number, signed: boolean, byteOrder: Order) =>
  structOf((b) => {
    const type = b.int(name, size, { signed })
    return b.record('struct', 's', size + 1, [{ name: 'x', type, at: 8 }])
  }, byteOrder)

/** The bytes of a number, by arithmetic alone. */
function bytesOf(value: bigint, size: number, order: Order): number[] {
  const bytes = Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
  return order === 'little' ? bytes : bytes.reverse()
}

for (const [strategy, compile] of strategies) {
  for (const order of orders) {
    test(`${strategy}, ${order}: integers take what they hold, to their last bit, and nothing beyond`, (t) => {
      for (const size of [1, 2, 4, 8, 16]) {
        for (const signed of [false, true]) {
          const { btf, id } = single(`i${size}`, size, signed, order)
          const codec = compile(btf, id)
          const [min, max] = signed
            ? [-(1n << BigInt(8 * size - 1)), (1n << BigInt(8 * size - 1)) - 1n]
            : [0n, (1n << BigInt(8 * size)) - 1n]
          for (const value of [min, max, min + 1n, max - 1n, 0n, 1n]) {
            const x = size <= 4 ? Number(value) : value
            const bytes = new Uint8Array(size + 3).fill(0xee)
            codec.encode({ x }, viewOf(bytes), 1)
            t.deepEqual([...bytes], [0xee, 0, ...bytesOf(value, size, order), 0xee], `${value} of ${size} bytes`)
            t.deepEqual(codec.decode(viewOf(bytes), 1), { x })
            t.deepEqual(codec.over(viewOf(bytes))(1, 2 + size), { x })
            // A bigint is as good as a number, and a number that is exact as a bigint.
            const other = typeof x === 'number' ? BigInt(x) : Number(x)
            if (typeof other === 'number' && !Number.isSafeInteger(other)) continue
            const again = new Uint8Array(size + 3).fill(0xee)
            codec.encode({ x: other }, viewOf(again), 1)
            t.deepEqual(again, bytes)
          }
          for (const value of [min - 1n, max + 1n]) {
            const refused = Number.isSafeInteger(Number(value)) ? [value, Number(value)] : [value]
            for (const x of refused) {
              t.throws(() => codec.encode({ x }, new DataView(new ArrayBuffer(32)), 0), {
                instanceOf: RangeError,
                message: /^x: .*out of range/,
              })
            }
          }
          for (const x of [0.5, 2 ** 53 + 2 ** 10, Number.NaN, -(2 ** 60), Number.POSITIVE_INFINITY]) {
            t.throws(
              () => codec.encode({ x }, new DataView(new ArrayBuffer(32)), 0),
              { instanceOf: RangeError },
              `${x}`,
            )
          }
          for (const x of ['1', true, null, undefined, {}, [1], new Date(1)]) {
            t.throws(() => codec.encode({ x }, new DataView(new ArrayBuffer(32)), 0), { instanceOf: TypeError })
          }
        }
      }
    })
  }

  test(`${strategy}: every gap is zeroed, wherever the view begins, and nothing around the record is written`, (t) => {
    const { btf, id } = structOf((b) => {
      const [u8, u16, u32] = [b.int('unsigned char', 1), b.int('unsigned short', 2), b.int('unsigned int', 4)]
      const inner = b.record('struct', 'inner', 6, [
        { name: 'a', type: u16, at: 0 },
        { name: 'b', type: u8, at: 32 },
      ])
      return b.record('struct', 's', 20, [
        { name: 'first', type: u8, at: 8 },
        { name: 'inner', type: inner, at: 32 },
        { name: 'mac', type: b.array(u8, 3), at: 88 },
        { name: 'last', type: u32, at: 112 },
      ])
    })
    const value = { first: 1, inner: { a: 0x0203, b: 4 }, mac: Uint8Array.of(5, 6, 7), last: 0x08090a0b }
    const bytes = [0, 1, 0, 0, 3, 2, 0, 0, 4, 0, 0, 5, 6, 7, 0x0b, 0x0a, 9, 8, 0, 0]
    const around = new Uint8Array(40).fill(0xee)
    compile(btf, id).encode(value, new DataView(around.buffer, 7, 30), 4)
    t.deepEqual([...around], [...Array(11).fill(0xee), ...bytes, ...Array(9).fill(0xee)])
    t.deepEqual(compile(btf, id).decode(new DataView(around.buffer, 7, 30), 4), value)
    // Where a refused value has been written in part, the next one leaves nothing of it.
    t.throws(() => compile(btf, id).encode({ ...value, last: -1 }, viewOf(around), 11))
    compile(btf, id).encode(value, viewOf(around), 11)
    t.deepEqual([...around], [...Array(11).fill(0xee), ...bytes, ...Array(9).fill(0xee)])
  })

  test(`${strategy}: a record is written from all its own fields and no others`, (t) => {
    const { btf, id } = structOf((b) => {
      const u8 = b.int('unsigned char', 1)
      const inner = b.record('struct', 'inner', 1, [{ name: 'a', type: u8, at: 0 }])
      return b.record('struct', 's', 4, [
        { name: 'inner', type: inner, at: 0 },
        { name: 'bytes', type: b.array(u8, 2), at: 8 },
        { name: 'x', type: u8, at: 24 },
      ])
    })
    const codec = compile(btf, id)
    const encode = (value: unknown) => {
      const bytes = new Uint8Array(4)
      codec.encode(value, viewOf(bytes), 0)
      return [...bytes]
    }
    const value = { inner: { a: 1 }, bytes: Uint8Array.of(2, 3), x: 4 }
    t.deepEqual(encode(value), [1, 2, 3, 4])
    // A list of numbers will do for bytes.
    t.deepEqual(encode({ ...value, bytes: [2, 3] }), [1, 2, 3, 4])
    for (const [wrong, type, message] of [
      [{ ...value, x: undefined }, TypeError, 'x: is missing'],
      [{ inner: value.inner, bytes: value.bytes }, TypeError, 'x: is missing'],
      [{ ...value, y: 1 }, TypeError, 'y: is not a field of struct s'],
      [Object.assign(Object.create({ x: 4 }), { inner: value.inner, bytes: value.bytes }), TypeError, 'x: is missing'],
      [{ ...value, inner: Object.create({ a: 1 }) }, TypeError, 'inner.a: is missing'],
      [{ ...value, inner: null }, TypeError, 'inner: expected an object for struct inner, not null'],
      [{ ...value, inner: { a: 1, b: 2 } }, TypeError, 'inner.b: is not a field of struct inner'],
      [{ ...value, bytes: Uint8Array.of(2, 3, 4) }, RangeError, 'bytes: expected 2 elements, not 3'],
      [{ ...value, bytes: Uint8Array.of(2) }, RangeError, 'bytes: expected 2 elements, not 1'],
      [{ ...value, bytes: [2, 256] }, RangeError, 'bytes[1]: 256 is out of range for u8 (0 to 255)'],
      [{ ...value, bytes: { length: 2, 0: 2, 1: 3 } }, TypeError, /^bytes: expected a Uint8Array/],
      [null, TypeError, 'expected an object for struct s, not null'],
      [5, TypeError, 'expected an object for struct s, not 5'],
    ] as const) {
      t.throws(() => encode(wrong), { instanceOf: type, message })
    }
    // What is inherited and not asked for does not matter.
    t.deepEqual(encode(Object.assign(Object.create({ other: 1 }), value)), [1, 2, 3, 4])
  })

  test(`${strategy}: what shares its bytes inside a record is written as it is outside of one`, (t) => {
    const { btf, id } = structOf((b) => {
      const [u8, u16] = [b.int('unsigned char', 1), b.int('unsigned short', 2)]
      const union = b.record('union', 'u', 2, [
        { name: 'whole', type: u16, at: 0 },
        { name: 'low', type: u8, at: 0 },
      ])
      return b.record('struct', 's', 4, [
        { name: 'u', type: union, at: 0 },
        { name: 'x', type: u16, at: 16 },
      ])
    })
    const codec = compile(btf, id)
    const bytes = new Uint8Array(4)
    codec.encode({ u: { low: 7 }, x: 1 }, viewOf(bytes), 0)
    t.deepEqual([...bytes], [7, 0, 1, 0])
    codec.encode({ u: { low: 7, whole: 0x0107 }, x: 1 }, viewOf(bytes), 0)
    t.deepEqual([...bytes], [7, 1, 1, 0])
    const message = /shares its bytes/
    for (const u of [
      { low: 7, whole: 0x0108 },
      { whole: 0x0108, low: 7 },
    ]) {
      t.throws(() => codec.encode({ u, x: 1 }, viewOf(bytes), 0), { instanceOf: TypeError, message })
    }
  })

  test(`${strategy}: a struct without members is an object without fields`, (t) => {
    const { btf, id } = structOf((b) => {
      const nothing = b.record('struct', 'nothing', 0, [])
      return b.record('struct', 's', 1, [
        { name: 'nothing', type: nothing, at: 0 },
        { name: 'x', type: b.int('unsigned char', 1), at: 0 },
      ])
    })
    const codec = compile(btf, id)
    const bytes = new Uint8Array(1)
    codec.encode({ nothing: {}, x: 7 }, viewOf(bytes), 0)
    t.deepEqual([...bytes], [7])
    t.deepEqual(codec.decode(viewOf(bytes), 0), { nothing: {}, x: 7 })
    t.throws(() => codec.encode({ nothing: { a: 1 }, x: 7 }, viewOf(bytes), 0), {
      instanceOf: TypeError,
      message: 'nothing.a: is not a field of struct nothing',
    })
  })

  for (const order of orders) {
    test(`${strategy}, ${order}: records of one view are read wherever they lie in it`, (t) => {
      const { btf, id } = structOf((b) => {
        const [u64, s64] = [b.int('unsigned long', 8), b.int('long', 8, { signed: true })]
        const [u32, double] = [b.int('unsigned int', 4), b.add({ kind: 16, name: 'double', sizeOrType: 8 })]
        const pair = b.record('struct', 'pair', 12, [
          { name: 'n', type: u32, at: 0 },
          { name: 'wide', type: s64, at: 32 },
        ])
        return b.record('struct', 's', 48, [
          { name: 'unsigned', type: u64, at: 0 },
          { name: 'signed', type: s64, at: 64 },
          { name: 'pairs', type: b.array(pair, 2), at: 128 },
          { name: 'double', type: double, at: 320 },
        ])
      }, order)
      const codec = compile(btf, id)
      const value = {
        unsigned: 0xfedcba9876543210n,
        signed: -0x0123456789abcdefn,
        pairs: [
          { n: 1, wide: -2n },
          { n: 3, wide: 0x0405060708090a0bn },
        ],
        double: -1.5,
      }
      const record = [
        ...bytesOf(value.unsigned, 8, order),
        ...bytesOf(value.signed, 8, order),
        ...value.pairs.flatMap(({ n, wide }) => [...bytesOf(BigInt(n), 4, order), ...bytesOf(wide, 8, order)]),
        ...bytesOf(0xbff8_0000_0000_0000n, 8, order),
      ]
      for (const start of [0, 1, 4, 8, 12, 16]) {
        for (const at of [0, 1, 4, 8, 12, 16]) {
          const bytes = new Uint8Array(96)
          bytes.set(record, start + at)
          const view = new DataView(bytes.buffer, start, 72)
          t.deepEqual(codec.over(view)(at, at + 48), value, `at ${at} of a view at ${start}`)
          t.deepEqual(codec.decode(view, at), value)
        }
      }
    })
  }

  test(`${strategy}: a flexible array ends with its own record, wherever that lies`, (t) => {
    const { btf, id } = structOf((b) => {
      const [u8, u16] = [b.int('unsigned char', 1), b.int('unsigned short', 2)]
      return b.record('struct', 's', 2, [
        { name: 'n', type: u8, at: 0 },
        { name: 'tail', type: b.array(u16, 0), at: 16 },
      ])
    })
    const codec = compile(btf, id)
    const view = viewOf(Uint8Array.of(0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5))
    t.deepEqual(codec.decode(view, 3, 6), { n: 1, tail: [2, 3] })
    t.deepEqual(codec.decode(view, 3, 2), { n: 1, tail: [] })
    t.deepEqual(codec.over(view)(3, 9), { n: 1, tail: [2, 3] })
    t.deepEqual(codec.over(view)(3, 10), { n: 1, tail: [2, 3] })
    t.deepEqual(codec.over(view)(3, 12), { n: 1, tail: [2, 3, 4] })
  })

  test(`${strategy}: bit-fields have their own bits, the sign’s included, and leave their neighbours theirs`, (t) => {
    for (const order of orders) {
      for (const [low, width, high] of [
        [3, 2, 3],
        [1, 31, 32],
        [4, 32, 28],
        [7, 33, 24],
        [5, 54, 5],
        [0, 64, 0],
        [1, 62, 1],
      ] as const) {
        for (const signed of [false, true]) {
          const size = (low + width + high) / 8
          const { btf, id } = structOf((b) => {
            const [u64, field] = [b.int('unsigned long', 8), b.int('field', 8, { signed })]
            const side = (name: string, at: number, bits: number) => (bits > 0 ? [{ name, type: u64, at, bits }] : [])
            return b.record('struct', 's', size, [
              ...side('before', 0, low),
              { name: 'x', type: field, at: low, bits: width },
              ...side('after', low + width, high),
            ])
          }, order)
          const codec = compile(btf, id)
          const max = (1n << BigInt(signed ? width - 1 : width)) - 1n
          const min = signed ? -max - 1n : 0n
          for (const x of [min, max, 0n, 1n, ...(signed ? [-1n] : [])]) {
            for (const ones of [false, true]) {
              const side = (bits: number) => (ones ? 2 ** bits - 1 : 0)
              const number = width <= 32 ? Number(x) : x
              const value = {
                ...(low > 0 && { before: side(low) }),
                x: number,
                ...(high > 0 && { after: side(high) }),
              }
              const bytes = new Uint8Array(size)
              codec.encode(value, viewOf(bytes), 0)
              const [first, last] = order === 'little' ? [low, high] : [high, low]
              const bits =
                (ones ? (1n << BigInt(first)) - 1n : 0n) |
                (BigInt.asUintN(width, x) << BigInt(first)) |
                ((ones ? (1n << BigInt(last)) - 1n : 0n) << BigInt(first + width))
              t.deepEqual([...bytes], bytesOf(bits, size, order), `${x} of ${width} bits`)
              t.deepEqual(codec.decode(viewOf(bytes), 0), value)
            }
          }
          for (const x of [min - 1n, max + 1n]) {
            const value = { ...(low > 0 && { before: 0 }), x, ...(high > 0 && { after: 0 }) }
            t.throws(() => codec.encode(value, new DataView(new ArrayBuffer(size)), 0), { instanceOf: RangeError })
          }
        }
      }
    }
  })
}
