import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import type { CodecOptions } from '../../lib/btf/codec/options.js'
import { strategies, viewOf } from '../helpers/codec-strategies.js'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'

const path = fixture('types')
const btf = Btf.parse(elfSection(path, '.BTF'))

// What the constants of types.bpf.c say. The compiler laid their bytes out.
const samples: Record<string, unknown> = {
  scalars: {
    u8: 0xfe,
    s8: -2,
    yes: true,
    no: false,
    letter: 120,
    u16: 0xfffe,
    s16: -32768,
    u32: 0xfffffffe,
    s32: -(2 ** 31),
    u64: 2n ** 64n - 2n,
    s64: -9007199254740993n,
    u128: 0xfedcba98765432100123456789abcdefn,
    s128: -(2n ** 100n),
    f32: 1.5,
    f64: -0.1,
    pointer: 0xffff888000001000n,
  },
  enums: { color: -1, other: 77, wide: 2n ** 63n },
  bits: {
    low: 5,
    high: 0x1abc,
    negative: -12345,
    wide: 0xfedcba9876n,
    rest: -8388608,
    flag: true,
    color: 5,
    after: 0xa5,
  },
  straddling: { first: 9, all: 0x0123456789abcdefn, last: 6 },
  arrays: {
    bytes: Uint8Array.of(1, 2, 255),
    text: Uint8Array.from(Buffer.from('caf\u00e9\0\0\0')),
    numbers: [1, 2, 0xffffffff],
    none: [],
    grid: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    rows: [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)],
    points: [
      { x: -1, y: 2 },
      { x: 3, y: -4 },
    ],
    flags: [false, true],
    ports: [80, 443],
  },
  nested: {
    origin: { x: 1, y: -1 },
    nothing: {},
    v4: 0x7f000001,
    unused: 0x04030201,
    v6: 0x7f00000101020304n,
    kind: 7,
    inner: 0x1234,
    either: { word: 0x04030201, octets: Uint8Array.of(1, 2, 3, 4) },
    opaque: 0x10n,
    tagged: 0x20n,
    callback: 0x30n,
  },
  message: { id: 1n, count: 3, values: [10, 20, 30] },
  tagged: { field: -1 },
}

for (const [strategy, compile] of strategies) {
  const sample = (name: string, options?: CodecOptions) => {
    const bytes = elfSection(path, `.rodata.${name}`)
    const codec = compile(btf, btf.findByName(`${name}_sample`, 'VAR')?.id ?? -1, options)
    return { bytes, codec, value: codec.decode(viewOf(bytes), 0, bytes.length) }
  }

  for (const [name, expected] of Object.entries(samples)) {
    test(`${strategy}: the compiler's bytes of struct ${name} decode to what C says`, (t) => {
      t.deepEqual(sample(name).value, expected)
    })

    test(`${strategy}: struct ${name} encodes to the compiler's bytes`, (t) => {
      const { bytes, codec, value } = sample(name)
      const written = new Uint8Array(Math.max(bytes.length, codec.size)).fill(0xaa)
      codec.encode(value, viewOf(written), 0)
      t.deepEqual(written.subarray(0, bytes.length), bytes)
    })
  }

  test(`${strategy}: options choose what values become`, (t) => {
    const { value: enums } = sample('enums', { enums: 'name' })
    t.deepEqual(enums, { color: 'BLUE', other: 77, wide: 'HUGE' })
    t.is(sample('arrays', { charArrays: 'string' }).value.text, 'caf\u00e9')
    t.deepEqual(sample('message', { int64: 'number' }).value, { id: 1, count: 3, values: [10, 20, 30] })
    t.is(sample('bits', { int64: 'number' }).value.wide, 0xfedcba9876)
    t.throws(() => sample('nested', { int64: 'number' }), { message: /^v6: 9151314447128724228 is not exact/ })
    t.is(sample('message', { byteOrder: 'big' }).value.count, 0x03000000)
  })

  test(`${strategy}: only the struct with a flexible array is flexible`, (t) => {
    t.like(sample('message').codec, { flexible: true, size: 16 })
    t.like(sample('arrays').codec, { flexible: false, size: 60 })
  })
}
