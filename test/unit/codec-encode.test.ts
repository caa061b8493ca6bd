import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { compileCodec } from '../../lib/btf/codec/codec.js'
import { BtfBuilder } from '../helpers/btf-builder.js'

function flowCodec() {
  const b = new BtfBuilder()
  const u8 = b.int('unsigned char', 1)
  const u16 = b.int('unsigned short', 2)
  const u32 = b.int('unsigned int', 4)
  const s32 = b.int('int', 4, { signed: true })
  const u64 = b.int('unsigned long', 8)
  const bool = b.int('_Bool', 1, { bool: true })
  const char = b.int('char', 1, { signed: true })
  const float = b.add({ kind: 16, name: 'float', sizeOrType: 4 })
  const state = b.enumeration('state', 4, false, { OPEN: 1, CLOSED: 2 })
  const key = b.record('struct', 'key', 12, [
    { name: 'saddr', type: u32, at: 0 },
    { name: 'ports', type: b.array(u16, 2), at: 32 },
    { name: 'mac', type: b.array(u8, 3), at: 64 },
  ])
  const flow = b.record('struct', 'flow', 48, [
    { name: 'key', type: key, at: 0 },
    { name: 'bias', type: s32, at: 96, bits: 5 },
    { name: 'kind', type: u32, at: 101, bits: 3 },
    { name: 'up', type: bool, at: 104 },
    { name: 'bytes', type: u64, at: 128 },
    { name: 'state', type: state, at: 192 },
    { name: 'load', type: float, at: 224 },
    { name: 'comm', type: b.array(char, 8), at: 256 },
  ])
  return compileCodec(Btf.parse(b.bytes()), flow)
}

const codec = flowCodec()
const good = {
  key: { saddr: 1, ports: [2, 3], mac: Uint8Array.of(4, 5, 6) },
  bias: -16,
  kind: 7,
  up: true,
  bytes: 1n,
  state: 2,
  load: 0.5,
  comm: Uint8Array.from(Buffer.from('bash\0\0\0\0')),
}

const encoded = (value: unknown) => {
  const bytes = new Uint8Array(codec.size).fill(0xee)
  codec.encode(value, new DataView(bytes.buffer), 0)
  return bytes
}

test('what is decoded encodes to the same bytes, and padding to zero', (t) => {
  const bytes = encoded(good)
  t.deepEqual(codec.decode(new DataView(bytes.buffer), 0), good)
  t.is(bytes[11], 0)
  t.deepEqual(bytes.subarray(40), new Uint8Array(8))
})

test('only the bytes of the record are written', (t) => {
  const bytes = new Uint8Array(codec.size + 2).fill(0xee)
  codec.encode(good, new DataView(bytes.buffer), 1)
  t.is(bytes[0], 0xee)
  t.is(bytes.at(-1), 0xee)
  t.deepEqual(bytes.subarray(1, -1), encoded(good))
})

test('integers may be numbers or bigints, enumerators names, text strings, byte arrays plain', (t) => {
  const loose = {
    ...good,
    key: { saddr: 1n, ports: Uint16Array.of(2, 3), mac: [4, 5, 6] },
    bias: -16n,
    bytes: 1,
    state: 'CLOSED',
    comm: 'bash',
  }
  t.deepEqual(encoded(loose), encoded(good))
  t.notThrows(() => encoded({ ...good, state: 99 }))
})

const { comm: _, ...withoutComm } = good
for (const [name, value, type, message] of [
  ['a missing field', withoutComm, TypeError, 'comm: is missing'],
  ['a missing nested field', { ...good, key: { ports: [1, 2], mac: [1, 2, 3] } }, TypeError, 'key.saddr: is missing'],
  ['undefined', { ...good, up: undefined }, TypeError, 'up: is missing'],
  ['an inherited field', Object.create(good), TypeError, 'key: is missing'],
  ['an unknown field', { ...good, extra: 1 }, TypeError, 'extra: is not a field of struct flow'],
  [
    'an unknown nested field',
    { ...good, key: { ...good.key, x: 1 } },
    TypeError,
    'key.x: is not a field of struct key',
  ],
  ['null', null, TypeError, 'expected an object for struct flow, not null'],
  ['a number for a struct', { ...good, key: 5 }, TypeError, 'key: expected an object for struct key, not 5'],
  ['a string for an integer', { ...good, kind: '7' }, TypeError, "kind: expected an integer (u3), not '7'"],
  ['a boolean for an integer', { ...good, bytes: true }, TypeError, 'bytes: expected an integer (u64), not true'],
  ['an integer for a boolean', { ...good, up: 1 }, TypeError, 'up: expected a boolean, not 1'],
  ['a bigint for a float', { ...good, load: 1n }, TypeError, 'load: expected a number, not 1n'],
  [
    'an integer too large',
    { ...good, key: { ...good.key, saddr: 2 ** 32 } },
    RangeError,
    'key.saddr: 4294967296 is out of range for u32 (0 to 4294967295)',
  ],
  [
    'a negative unsigned integer',
    { ...good, bytes: -1n },
    RangeError,
    'bytes: -1 is out of range for u64 (0 to 18446744073709551615)',
  ],
  [
    'a bigint too large',
    { ...good, bytes: 2n ** 64n },
    RangeError,
    'bytes: 18446744073709551616 is out of range for u64 (0 to 18446744073709551615)',
  ],
  ['a bit-field too small', { ...good, bias: -17 }, RangeError, 'bias: -17 is out of range for s5 (-16 to 15)'],
  ['NaN', { ...good, kind: Number.NaN }, RangeError, 'kind: NaN is not an integer'],
  ['a fraction', { ...good, kind: 1.5 }, RangeError, 'kind: 1.5 is not an integer'],
  [
    'a number that is not exact',
    { ...good, bytes: 2 ** 53 },
    RangeError,
    'bytes: 9007199254740992 is not exact as a number: use a bigint',
  ],
  [
    'an array too short',
    { ...good, key: { ...good.key, ports: [1] } },
    RangeError,
    'key.ports: expected 2 elements, not 1',
  ],
  [
    'an element out of range',
    { ...good, key: { ...good.key, ports: [1, 65536] } },
    RangeError,
    'key.ports[1]: 65536 is out of range for u16 (0 to 65535)',
  ],
  [
    'a hole in an array',
    { ...good, key: { ...good.key, ports: [1, undefined] } },
    TypeError,
    'key.ports[1]: expected an integer (u16), not undefined',
  ],
  ['no array', { ...good, key: { ...good.key, ports: 'ab' } }, TypeError, "key.ports: expected an array, not 'ab'"],
  [
    'bytes too long',
    { ...good, key: { ...good.key, mac: new Uint8Array(4) } },
    RangeError,
    'key.mac: expected 3 elements, not 4',
  ],
  [
    'a byte out of range',
    { ...good, key: { ...good.key, mac: [1, 2, 256] } },
    RangeError,
    'key.mac[2]: 256 is out of range for u8 (0 to 255)',
  ],
  [
    'text for bytes',
    { ...good, key: { ...good.key, mac: 'abc' } },
    TypeError,
    "key.mac: expected a Uint8Array, not 'abc'",
  ],
  ['text too long', { ...good, comm: '123456789' }, RangeError, "comm: '123456789' has 9 bytes, more than 8"],
  ['text with NUL', { ...good, comm: 'a\0b' }, RangeError, "comm: 'a\\x00b' holds a NUL, which would end it"],
  ['a name that is not in the enum', { ...good, state: 'HALF' }, RangeError, "state: 'HALF' is not in enum state"],
  ['an enum out of range', { ...good, state: -1 }, RangeError, 'state: -1 is out of range for u32 (0 to 4294967295)'],
  ['a float too large', { ...good, load: 1e39 }, RangeError, 'load: 1e+39 is out of range for a float'],
] as const) {
  test(`encoding ${name} throws ${type.name}`, (t) => {
    const error = t.throws(() => encoded(value), { message })
    t.is(error?.constructor, type)
  })
}

test('an error of a getter comes out as it is', (t) => {
  const error = new Error('mine')
  t.throws(
    () =>
      encoded({
        ...good,
        get kind() {
          throw error
        },
      }),
    { is: error },
  )
})

function unionCodec() {
  const b = new BtfBuilder()
  const u8 = b.int('unsigned char', 1)
  const u32 = b.int('unsigned int', 4)
  const address = b.record('union', '', 16, [
    { name: 'v4', type: u32, at: 0 },
    { name: 'v6', type: b.array(u8, 16), at: 0 },
    {
      type: b.record('struct', '', 8, [
        { name: 'low', type: u8, at: 0 },
        { name: 'high', type: u32, at: 32 },
      ]),
      at: 0,
    },
  ])
  const id = b.record('struct', 'peer', 20, [
    { name: 'family', type: u32, at: 0 },
    { type: address, at: 32 },
  ])
  return compileCodec<Record<string, unknown>>(Btf.parse(b.bytes()), id)
}

test('a union is written from one of its members, the rest is zero', (t) => {
  const codec = unionCodec()
  const view = new DataView(new ArrayBuffer(20))
  const v6 = Uint8Array.from({ length: 16 }, (_, i) => i)
  codec.encode({ family: 1, v6 }, view, 0)
  t.deepEqual(codec.decode(view, 0), { family: 1, v4: 0x03020100, v6, low: 0, high: 0x07060504 })
  codec.encode({ family: 2, v4: 5 }, view, 0)
  t.deepEqual(codec.decode(view, 0).v6, Uint8Array.of(5, ...new Uint8Array(15)))
  codec.encode({ family: 3, low: 9, high: 1 }, view, 0)
  t.deepEqual(codec.decode(view, 0).v6, Uint8Array.of(9, 0, 0, 0, 1, ...new Uint8Array(11)))
})

test('a decoded union may be given whole, and with one member alone when it is changed', (t) => {
  const codec = unionCodec()
  const view = new DataView(new ArrayBuffer(20))
  for (let i = 0; i < 20; i++) view.setUint8(i, 0xf0 + i)
  const value = codec.decode(view, 0)
  const written = new DataView(new ArrayBuffer(20))
  codec.encode(value, written, 0)
  t.deepEqual(written.buffer, view.buffer)
  t.throws(() => codec.encode({ ...value, v4: 1 }, written, 0), {
    instanceOf: TypeError,
    message: 'v4: shares its bytes with other members of union (anonymous) that differ: give one of them',
  })
  t.throws(() => codec.encode({ family: 1 }, written, 0), {
    instanceOf: TypeError,
    message: 'expected one of v4, v6, low, high for union (anonymous)',
  })
  t.throws(() => codec.encode({ family: 1, low: 1 }, written, 0), { message: 'high: is missing' })
})
