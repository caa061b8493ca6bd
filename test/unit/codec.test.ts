import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { BtfError } from '../../lib/btf/error.js'
import { BtfBuilder, type BuilderOptions, type RawMember } from '../helpers/btf-builder.js'
import { strategies, viewOf } from '../helpers/codec-strategies.js'

/** BTF with the basic types, and what `define` adds; its last type is the one that is meant. */
function types(
  define: (
    b: BtfBuilder,
    ids: { u8: number; u16: number; u32: number; u64: number; s64: number; char: number },
  ) => number,
  options?: BuilderOptions,
) {
  const b = new BtfBuilder(options)
  const ids = {
    u8: b.int('unsigned char', 1),
    u16: b.int('unsigned short', 2),
    u32: b.int('unsigned int', 4),
    u64: b.int('unsigned long', 8),
    s64: b.int('long', 8, { signed: true }),
    char: b.int('char', 1, { signed: true }),
  }
  const id = define(b, ids)
  return { btf: Btf.parse(b.bytes()), id }
}

for (const [strategy, compile] of strategies) {
  test(`${strategy}: big-endian data is read as such, bit-fields from the top`, (t) => {
    const { btf, id } = types(
      (b, { u8, u16, u32, u64 }) => {
        const signed = b.int('int', 4, { signed: true })
        return b.record('struct', 's', 20, [
          { name: 'a', type: u32, at: 0, bits: 3 },
          { name: 'b', type: u32, at: 3, bits: 13 },
          { name: 'c', type: signed, at: 16, bits: 16 },
          { name: 'd', type: u16, at: 32 },
          { name: 'e', type: u8, at: 48 },
          { name: 'f', type: u64, at: 64 },
          { name: 'g', type: u64, at: 128, bits: 12 },
          { name: 'h', type: u32, at: 140, bits: 20 },
        ])
      },
      { byteOrder: 'big' },
    )
    // What clang-19 --target=bpfeb makes of { 5, 0x1abc, -12345, 0x1234, 0x56, 0x0102030405060708, 0xabc, 0x12345 }.
    const bytes = Uint8Array.from(Buffer.from('babccfc7123456000102030405060708abc12345', 'hex'))
    const value = { a: 5, b: 0x1abc, c: -12345, d: 0x1234, e: 0x56, f: 0x0102030405060708n, g: 0xabc, h: 0x12345 }
    const codec = compile(btf, id)
    t.deepEqual(codec.decode(viewOf(bytes), 0), value)
    const written = new Uint8Array(20).fill(0xff)
    codec.encode(value, viewOf(written), 0)
    t.deepEqual(written, bytes)
  })

  test(`${strategy}: bit-fields of old compilers, whose INT tells their width, are read`, (t) => {
    const { btf, id } = types((b, { u32 }) => {
      const three = b.int('three', 4, { bits: 3 })
      const shifted = b.int('shifted', 4, { bits: 5, offset: 3, signed: true })
      return b.record('struct', 's', 8, [
        { name: 'a', type: three, at: 0 },
        { name: 'b', type: shifted, at: 0 },
        { name: 'c', type: b.int('seven', 1, { bits: 7 }), at: 9 },
        { name: 'd', type: u32, at: 32 },
      ])
    })
    const bytes = Uint8Array.of(0b10110_101, 0b1000011_1, 0, 0, 1, 0, 0, 0)
    t.deepEqual(compile(btf, id).decode(viewOf(bytes), 0), { a: 5, b: -10, c: 0b1000011, d: 1 })
  })

  test(`${strategy}: an INT that begins inside a byte is a bit-field, whatever its width`, (t) => {
    const { btf, id } = types((b, { u8, u16 }) =>
      b.record('struct', 's', 4, [
        { name: 'a', type: u8, at: 4 },
        { name: 'b', type: u16, at: 12 },
      ]),
    )
    t.deepEqual(compile(btf, id).decode(viewOf(Uint8Array.of(0xab, 0xcd, 0xef, 0x01)), 0), { a: 0xda, b: 0x1efc })
  })

  test(`${strategy}: an array of length 0 is flexible at the end only, and where its elements have a size`, (t) => {
    const { btf, id } = types((b, { u8, u16 }) => {
      const open = b.array(u8, 0)
      return b.record('struct', 's', 4, [
        { name: 'first', type: open, at: 0 },
        { name: 'n', type: u16, at: 0 },
        { name: 'last', type: open, at: 32 },
      ])
    })
    const bytes = Uint8Array.of(1, 0, 0, 0, 5, 6)
    t.deepEqual(compile(btf, id).decode(viewOf(bytes), 0, 6), {
      first: new Uint8Array(),
      n: 1,
      last: Uint8Array.of(5, 6),
    })
    const fixed = (element: (b: BtfBuilder, u8: number) => number, length: number) =>
      types((b, { u8, u16 }) =>
        b.record('struct', 's', 6, [
          { name: 'n', type: u16, at: 0 },
          { name: 'tail', type: b.array(element(b, u8), length), at: 16 },
        ]),
      )
    for (const [{ btf, id }, tail] of [
      [fixed((b, u8) => b.array(u8, 0), 2), [new Uint8Array(), new Uint8Array()]],
      [fixed((b) => b.record('struct', 'empty', 0, []), 0), []],
    ] as const) {
      const codec = compile(btf, id)
      t.false(codec.flexible)
      t.deepEqual(codec.decode(viewOf(bytes), 0), { n: 1, tail })
    }
  })

  test(`${strategy}: what has no name is padding`, (t) => {
    const { btf, id } = types((b, { u8, u16 }) =>
      b.record('struct', 's', 4, [
        { name: 'a', type: u16, at: 0, bits: 3 },
        { type: u16, at: 3, bits: 5 },
        { type: u8, at: 8 },
        { name: 'b', type: u16, at: 16 },
      ]),
    )
    const codec = compile(btf, id)
    t.deepEqual(codec.decode(viewOf(Uint8Array.of(0xff, 0xff, 1, 2)), 0), { a: 7, b: 0x0201 })
    const bytes = new Uint8Array(4).fill(0xff)
    codec.encode({ a: 7, b: 0x0201 }, viewOf(bytes), 0)
    t.deepEqual(bytes, Uint8Array.of(7, 0, 1, 2))
  })

  test(`${strategy}: a flexible record has at least what stands before its end, in the struct inside it, too`, (t) => {
    const { btf, id } = types((b, { u8, u16 }) => {
      const inner = b.record('struct', 'inner', 2, [
        { name: 'm', type: u16, at: 0 },
        { name: 'tail', type: b.array(u8, 0), at: 16 },
      ])
      return b.record('struct', 's', 8, [
        { name: 'n', type: u16, at: 0 },
        { name: 'inner', type: inner, at: 16 },
      ])
    })
    const codec = compile(btf, id)
    const view = viewOf(Uint8Array.of(1, 0, 2, 0, 3))
    t.deepEqual(codec.decode(view, 0, 4), { n: 1, inner: { m: 2, tail: new Uint8Array() } })
    t.deepEqual(codec.decode(view, 0, 5), { n: 1, inner: { m: 2, tail: Uint8Array.of(3) } })
    t.throws(() => codec.decode(view, 0, 3), { instanceOf: RangeError, message: /3 bytes is too short .* 4/ })
  })

  test(`${strategy}: __be and __le typedefs keep their order, in arrays too`, (t) => {
    for (const byteOrder of ['little', 'big'] as const) {
      const { btf, id } = types(
        (b, { u16, u32, u64 }) => {
          const be16 = b.typedef('__be16', u16)
          return b.record('struct', 's', 24, [
            { name: 'port', type: b.typedef('port_t', be16), at: 0 },
            { name: 'le', type: b.typedef('__le16', u16), at: 16 },
            { name: 'v4', type: b.typedef('__be32', u32), at: 32 },
            { name: 'ports', type: b.array(b.add({ kind: 10, sizeOrType: be16 }), 2), at: 64 },
            { name: 'id', type: b.typedef('__be64', u64), at: 128 },
          ])
        },
        { byteOrder },
      )
      const bytes = Uint8Array.of(0, 80, 80, 0, 127, 0, 0, 1, 0, 80, 1, 187, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
      const value = { port: 80, le: 80, v4: 0x7f000001, ports: [80, 443], id: 0x0102030405060708n }
      const codec = compile(btf, id)
      t.deepEqual(codec.decode(viewOf(bytes), 0), value)
      const written = new Uint8Array(24)
      codec.encode(value, viewOf(written), 0)
      t.deepEqual(written, bytes)
    }
  })

  test(`${strategy}: a value need not be a struct`, (t) => {
    const { btf, id } = types((b, { u32 }) => b.typedef('t', b.array(u32, 2)))
    const bytes = Uint8Array.of(0, 1, 0, 0, 0, 2, 0, 0, 0)
    t.deepEqual(compile(btf, id).decode(viewOf(bytes), 1), [1, 2])
    t.is(compile(btf, btf.findByName('unsigned int')?.id ?? -1).decode(viewOf(bytes), 5), 2)
  })

  test(`${strategy}: a data section is an object of its variables`, (t) => {
    const { btf, id } = types((b, { u32, char }) => {
      const count = b.add({ kind: 14, name: 'count', sizeOrType: u32, words: [1] })
      const name = b.add({ kind: 14, name: 'name', sizeOrType: b.array(char, 4), words: [1] })
      return b.add({ kind: 15, name: '.bss', vlen: 2, sizeOrType: 8, words: [count, 0, 4, name, 4, 4] })
    })
    const codec = compile(btf, id, { charArrays: 'string' })
    t.deepEqual(codec.decode(viewOf(Uint8Array.of(7, 0, 0, 0, 97, 98, 0, 0)), 0), { count: 7, name: 'ab' })
  })

  test(`${strategy}: names that JavaScript treats specially are names like others`, (t) => {
    const names = [
      '__proto__',
      'constructor',
      'hasOwnProperty',
      'toString',
      '"]; process.exit(3) //',
      "a'`$\u007bb}\\",
      'ü\u2028',
    ]
    const { btf, id } = types((b, { u8 }) =>
      b.record(
        'struct',
        's',
        names.length,
        names.map((name, i) => ({ name, type: u8, at: i * 8 })),
      ),
    )
    const codec = compile(btf, id)
    const value = codec.decode(viewOf(Uint8Array.from(names.keys())), 0)
    t.is(Object.getPrototypeOf(value), Object.prototype)
    t.deepEqual(
      Object.entries(value),
      names.map((name, i) => [name, i]),
    )
    const written = new Uint8Array(names.length)
    codec.encode(value, viewOf(written), 0)
    t.deepEqual([...written], [...names.keys()])
    t.throws(() => codec.encode({}, viewOf(written), 0), { message: '__proto__: is missing' })
  })

  test(`${strategy}: int64 'number' throws, with the path, rather than round`, (t) => {
    const { btf, id } = types((b, { u64, s64 }) => {
      const inner = b.record('struct', 'inner', 24, [
        { name: 'up', type: u64, at: 0 },
        { name: 'down', type: s64, at: 64 },
        { name: 'wide', type: u64, at: 128, bits: 60 },
      ])
      return b.record('struct', 'outer', 72, [
        { name: 'rows', type: b.array(inner, 2), at: 0 },
        { name: 'pointer', type: b.pointer(), at: 384 },
        { name: 'huge', type: b.int('__int128', 16), at: 448 },
      ])
    })
    const codec = compile(btf, id, { int64: 'number' })
    const view = new DataView(new ArrayBuffer(72))
    view.setBigUint64(0, 2n ** 53n - 1n, true)
    view.setBigInt64(8, -(2n ** 53n) + 1n, true)
    view.setBigUint64(40, 0xf000_0000_0000_0123n, true)
    t.deepEqual(codec.decode(view, 0), {
      rows: [
        { up: 2 ** 53 - 1, down: -(2 ** 53) + 1, wide: 0 },
        { up: 0, down: 0, wide: 0x123 },
      ],
      pointer: 0n,
      huge: 0n,
    })
    for (const [offset, value, path] of [
      [0, 2n ** 53n, 'rows[0].up'],
      [24, 2n ** 64n - 1n, 'rows[1].up'],
      [32, -(2n ** 53n), 'rows[1].down'],
      [16, 2n ** 59n + 1n, 'rows[0].wide'],
    ] as const) {
      const old = view.getBigUint64(offset, true)
      view.setBigInt64(offset, value, true)
      const error = t.throws(() => codec.decode(view, 0), { instanceOf: RangeError })
      t.true(error?.message.startsWith(`${path}: ${value} is not exact`), error?.message)
      view.setBigUint64(offset, old, true)
    }
  })

  test(`${strategy}: text ends at the first NUL, or with the array`, (t) => {
    const { btf, id } = types((b, { char }) => b.array(char, 100))
    const codec = compile(btf, id, { charArrays: 'string' })
    const view = new DataView(new ArrayBuffer(100))
    for (const text of ['', 'bash', 'x'.repeat(100), 'x'.repeat(80), 'naïve \u{1f41d}', `${'x'.repeat(70)}é`]) {
      codec.encode(text, view, 0)
      t.is(codec.decode(view, 0), text)
    }
    codec.encode('a', view, 0)
    view.setUint8(2, 98)
    t.is(codec.decode(view, 0), 'a')
  })

  test(`${strategy}: long bytes and texts are read to their last one, wherever the view begins`, (t) => {
    const texts = [
      '',
      'a'.repeat(63),
      'a'.repeat(64),
      'a'.repeat(65),
      'a'.repeat(100),
      `${'a'.repeat(63)}é`,
      '\u007fé\u0080',
    ]
    for (const length of [64, 65, 100]) {
      const { btf, id } = types((b, { u8, char }) =>
        b.record('struct', 's', 2 * length, [
          { name: 'bytes', type: b.array(u8, length), at: 0 },
          { name: 'text', type: b.array(char, length), at: 8 * length },
        ]),
      )
      const codec = compile(btf, id, { charArrays: 'string' })
      const bytes = Uint8Array.from({ length }, (_, i) => 255 - i)
      for (const text of texts.filter((each) => Buffer.byteLength(each) <= length)) {
        const view = new DataView(new ArrayBuffer(300), 7, 250)
        new Uint8Array(view.buffer).fill(0x55)
        codec.encode({ bytes, text }, view, 3)
        t.deepEqual(codec.decode(view, 3), { bytes, text })
        t.deepEqual(codec.over(view)(3, 3 + 2 * length), { bytes, text })
        t.is(view.getUint8(2), 0x55)
        t.is(view.getUint8(3 + 2 * length), 0x55)
      }
    }
  })

  test(`${strategy}: of two names for one value the first is told`, (t) => {
    const { btf, id } = types((b) => b.enumeration('state', 4, true, { A: 1, B: 1, C: -1 }))
    const codec = compile(btf, id, { enums: 'name' })
    const bytes = new Uint8Array(4)
    for (const [name, told] of [
      ['A', 'A'],
      ['B', 'A'],
      ['C', 'C'],
    ] as const) {
      codec.encode(name, viewOf(bytes), 0)
      t.is(codec.decode(viewOf(bytes), 0), told)
    }
  })

  test(`${strategy}: byte arrays are copies`, (t) => {
    for (const length of [4, 100]) {
      const { btf, id } = types((b, { u8 }) => b.array(u8, length))
      const bytes = new Uint8Array(length + 2).fill(7)
      const value = compile(btf, id).decode(viewOf(bytes), 1)
      bytes.fill(0)
      t.deepEqual(value, new Uint8Array(length).fill(7))
    }
  })

  test(`${strategy}: flexible arrays reach to the end of the record`, (t) => {
    const flexible = (element: (ids: { u8: number; u16: number; char: number }) => number) =>
      types((b, ids) =>
        b.record('struct', 's', 4, [
          { name: 'n', type: ids.u16, at: 0 },
          { name: 'tail', type: b.array(element(ids), 0), at: 16 },
        ]),
      )
    const bytes = Uint8Array.of(1, 0, 104, 105, 106, 0, 107)
    const decode = ({ btf, id }: { btf: Btf; id: number }, length?: number) =>
      compile(btf, id, { charArrays: 'string' }).decode(viewOf(bytes), 0, length)
    t.deepEqual(
      decode(
        flexible(({ u8 }) => u8),
        5,
      ),
      { n: 1, tail: Uint8Array.of(104, 105, 106) },
    )
    t.deepEqual(
      decode(
        flexible(({ u16 }) => u16),
        7,
      ),
      { n: 1, tail: [0x6968, 106] },
    )
    t.deepEqual(
      decode(
        flexible(({ char }) => char),
        7,
      ),
      { n: 1, tail: 'hij' },
    )
    t.deepEqual(
      decode(
        flexible(({ u16 }) => u16),
        2,
      ),
      { n: 1, tail: [] },
    )
    const message = 'the length of the record is needed: its type ends in a flexible array'
    t.throws(() => decode(flexible(({ u8 }) => u8)), { instanceOf: TypeError, message })
    t.throws(
      () =>
        decode(
          flexible(({ u8 }) => u8),
          1,
        ),
      { instanceOf: RangeError, message: /a record of 1 bytes is too short .* 2$/ },
    )
  })

  test(`${strategy}: a record must hold all of a struct inside it that ends in a flexible array`, (t) => {
    const { btf, id } = types((b, { u16, u32 }) => {
      const inner = b.record('struct', 'inner', 4, [
        { name: 'x', type: u32, at: 0 },
        { name: 'tail', type: b.array(u16, 0), at: 32 },
      ])
      return b.record('struct', 's', 8, [
        { name: 'n', type: u32, at: 0 },
        { name: 'inner', type: inner, at: 32 },
      ])
    })
    const codec = compile(btf, id)
    const view = viewOf(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0))
    t.deepEqual(codec.decode(view, 0, 10), { n: 1, inner: { x: 2, tail: [3] } })
    t.deepEqual(codec.decode(view, 0, 8), { n: 1, inner: { x: 2, tail: [] } })
    for (const length of [4, 7]) t.throws(() => codec.decode(view, 0, length), { message: /too short .* 8$/ })
  })

  test(`${strategy}: of several names for one value of an enum the first is told`, (t) => {
    const { btf, id } = types((b) => b.enumeration('state', 4, false, { IDLE: 0, RUNNING: 1, FIRST: 1, LAST: 1 }))
    const codec = compile(btf, id, { enums: 'name' })
    const bytes = new Uint8Array(4)
    for (const [name, told] of [
      ['RUNNING', 'RUNNING'],
      ['LAST', 'RUNNING'],
      ['IDLE', 'IDLE'],
    ]) {
      codec.encode(name, viewOf(bytes), 0)
      t.is(codec.decode(viewOf(bytes), 0), told)
    }
  })

  test(`${strategy}: flexible arrays are written as long as they are given`, (t) => {
    const { btf, id } = types((b, { u16 }) =>
      b.record('struct', 's', 4, [
        { name: 'n', type: u16, at: 0 },
        { name: 'tail', type: b.array(u16, 0), at: 16 },
      ]),
    )
    const codec = compile(btf, id)
    const bytes = new Uint8Array(8).fill(0xff)
    codec.encode({ n: 1, tail: [2, 3] }, viewOf(bytes), 0)
    t.deepEqual(bytes, Uint8Array.of(1, 0, 2, 0, 3, 0, 255, 255))
    t.throws(() => codec.encode({ n: 1, tail: [1, 2, 3, 4] }, viewOf(bytes), 0), {
      instanceOf: RangeError,
      message: 'tail: 8 bytes do not fit into the 6 that are left',
    })
    // What lies behind the view is not the record's.
    bytes.fill(0xff)
    t.throws(() => codec.encode({ n: 1, tail: [2, 3] }, new DataView(bytes.buffer, 0, 5), 0), {
      instanceOf: RangeError,
      message: 'tail: 4 bytes do not fit into the 3 that are left',
    })
    t.deepEqual(bytes.subarray(5), Uint8Array.of(255, 255, 255))
  })

  test(`${strategy}: an array without a length that shares a union with what has one does not make a record flexible`, (t) => {
    const { btf, id } = types((b, { u8, u16 }) => {
      const either = b.record('union', '', 4, [
        { name: 'a', type: b.array(u8, 4), at: 0 },
        { name: 'all', type: b.array(u8, 0), at: 0 },
      ])
      return b.record('struct', 's', 6, [
        { name: 'n', type: u16, at: 0 },
        { name: 'either', type: either, at: 16 },
      ])
    })
    const codec = compile(btf, id)
    t.false(codec.flexible)
    const value = { n: 1, either: { a: Uint8Array.of(2, 3, 4, 5), all: new Uint8Array() } }
    t.deepEqual(codec.decode(viewOf(Uint8Array.of(1, 0, 2, 3, 4, 5)), 0), value)
    t.deepEqual(codec.decode(viewOf(Uint8Array.of(1, 0, 2, 3, 4, 5, 6, 7)), 0, 8), value)
  })

  test(`${strategy}: a union that is nothing but an array without a length reaches to the end of the record`, (t) => {
    const { btf, id } = types((b, { u8, u16 }) =>
      b.record('struct', 's', 2, [
        { name: 'n', type: u16, at: 0 },
        { name: 'rest', type: b.record('union', '', 0, [{ name: 'all', type: b.array(u8, 0), at: 0 }]), at: 16 },
      ]),
    )
    const codec = compile(btf, id)
    t.true(codec.flexible)
    t.deepEqual(codec.decode(viewOf(Uint8Array.of(1, 0, 2, 3)), 0, 4), { n: 1, rest: { all: Uint8Array.of(2, 3) } })
  })

  test(`${strategy}: bytes that are not there are refused`, (t) => {
    const { btf, id } = types((b, { u32 }) => b.record('struct', 's', 4, [{ name: 'a', type: u32, at: 0 }]))
    const codec = compile(btf, id)
    const view = new DataView(new ArrayBuffer(6))
    for (const offset of [3, -1, Number.NaN, 2 ** 40]) {
      const message = `4 bytes at offset ${offset} are not within the view, which has 6`
      t.throws(() => codec.decode(view, offset), { instanceOf: RangeError, message })
      t.throws(() => codec.encode({ a: 1 }, view, offset), { instanceOf: RangeError, message })
    }
    t.throws(() => codec.decode(view, 0, 3), { message: 'a record of 3 bytes is too short for its type, which has 4' })
    t.throws(() => codec.decode(view, 0, 7), { message: /7 bytes at offset 0/ })
    t.throws(() => codec.decode(new Uint8Array(6) as never, 0), {
      instanceOf: TypeError,
      message: /expected a DataView/,
    })
    t.deepEqual(codec.decode(view, 0, 6), { a: 0 })
  })

  test(`${strategy}: types that cannot be right are refused`, (t) => {
    const refused = (define: Parameters<typeof types>[0], message: RegExp) => {
      const { btf, id } = types(define)
      t.throws(() => compile(btf, id), { instanceOf: BtfError, message })
    }
    const struct = (size: number, members: (ids: Record<'u8' | 'u32', number>) => RawMember[]) =>
      ((b, ids) => b.record('struct', 's', size, members(ids))) satisfies Parameters<typeof types>[0]
    refused(() => 0, /VOID \(anonymous\) has no value/)
    refused((b) => b.add({ kind: 7, name: 'later' }), /FWD later has no value/)
    refused((b) => b.int('odd', 3), /INT odd has 3 bytes/)
    refused((b) => b.int('few', 4, { bits: 3 }), /only for bit-fields/)
    refused((b) => b.add({ kind: 16, name: 'long double', sizeOrType: 16 }), /FLOAT long double has 16 bytes/)
    refused((b) => b.record('struct', 'own', 0, [{ name: 'self', type: 7, at: 0 }]), /holds itself/)
    refused((b) => b.add({ kind: 14, name: 'v', sizeOrType: 7, words: [0] }), /VAR v has no value/)
    refused(
      struct(4, ({ u32 }) => [{ name: 'a', type: u32, at: 8 }]),
      /member a ends at byte 5 of struct s, which has 4/,
    )
    refused(
      struct(4, ({ u8 }) => [{ name: 'a', type: u8, at: 0, bits: 9 }]),
      /bit-field of 9 bits in a INT/,
    )
    refused(
      struct(1, ({ u32 }) => [{ name: 'a', type: u32, at: 0, bits: 12 }]),
      /bit-field of 12 bits/,
    )
    refused(
      struct(2, ({ u8 }) => [
        { name: 'a', type: u8, at: 0 },
        { name: 'a', type: u8, at: 8 },
      ]),
      /two members of struct s are called a/,
    )
    refused((b, { u8 }) => b.array(b.array(u8, 0xffffffff), 0xffffffff), /array of 4294967295 times/)
    refused((b, { u8 }) => b.array(b.array(u8, 0x80000000), 2), /array of 2 times 2147483648 bytes/)
    refused((b) => b.array(7, 1), /holds itself/)
    refused((b, { u8 }) => {
      const three = ['a', 'b', 'c'].map((name, i) => ({ name, type: u8, at: 8 * i }))
      return b.array(b.record('struct', 'three', 3, three), 2 ** 23)
    }, /more than 16777216 others/)
    refused((b, { u8 }) => {
      const inner = b.record('struct', 'inner', 1, [{ name: 'a', type: u8, at: 0 }])
      return b.record('struct', 's', 2, [{ name: 'inner', type: inner, at: 4 }])
    }, /member inner of kind STRUCT begins at bit 4/)
    refused((b) => {
      const none = b.int('none', 4, { bits: 0 })
      return b.record('struct', 's', 4, [{ name: 'a', type: none, at: 0 }])
    }, /bit-field of 0 bits/)
    refused((b) => {
      let inner = b.record('struct', 'empty', 0, [])
      for (let i = 0; i < 30; i++) {
        inner = b.record(
          'struct',
          `level${i}`,
          0,
          ['a', 'b'].map((name) => ({ name, type: inner, at: 0 })),
        )
      }
      return inner
    }, /more than 16777216 others/)
  })

  test(`${strategy}: options that are none are refused`, (t) => {
    const { btf } = types((b) => b.pointer())
    const message = "option int64 must be 'bigint' or 'number', not 'string'"
    t.throws(() => compile(btf, 1, { int64: 'string' as never }), { instanceOf: TypeError, message })
  })
}
