import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { divideFields, type FieldFormat } from '../../lib/btf/codec/formats.js'
import { type CodecOptions, overDefaults } from '../../lib/btf/codec/options.js'
import { BtfBuilder } from '../helpers/btf-builder.js'
import { strategies, viewOf } from '../helpers/codec-strategies.js'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'
import { Random, seedOfRun } from '../helpers/random.js'

const typed = Btf.parse(elfSection(fixture('typed'), '.BTF'))
const peerKey = typed.findByName('peer_key', 'STRUCT')?.id ?? -1

// struct peer_key of typed.bpf.c, byte by byte.
const bytes = Uint8Array.from(
  Buffer.from(
    ['20010db8000000000000000000000001', 'c0000201', '0a000001', '0102030405060708', '01bb', '0580', '01000000'].join(
      '',
    ) +
      '0a0b0c0d0e0f' +
      '626173680000',
    'hex',
  ),
)

for (const [strategy, compile] of strategies) {
  const roundTrip = (options: CodecOptions) => {
    const codec = compile(typed, peerKey, options)
    const value = codec.decode(viewOf(bytes), 0)
    const written = new Uint8Array(bytes.length).fill(0xff)
    codec.encode(value, viewOf(written), 0)
    return { value, written }
  }

  test(`${strategy}: fields become what their formats say, and are written back`, (t) => {
    const { value, written } = roundTrip({
      fields: {
        local: 'ip',
        remote: 'ipv4',
        gateway: 'ipv4',
        hops: 'ipv4',
        port: 'big-endian',
        direction_bits: 'boolean',
        direction: 'enum',
        hardware: 'mac',
        comm: 'string',
      },
    })
    t.deepEqual(value, {
      local: '2001:db8::1',
      remote: '192.0.2.1',
      gateway: '10.0.0.1',
      hops: ['1.2.3.4', '5.6.7.8'],
      port: 443,
      direction_bits: true,
      rest: 0x4002,
      direction: 'EGRESS',
      hardware: '0a:0b:0c:0d:0e:0f',
      comm: 'bash',
    })
    t.deepEqual(written, bytes)
  })

  test(`${strategy}: other formats of the same fields`, (t) => {
    const { value, written } = roundTrip({
      enums: 'name',
      fields: {
        'local.in6_u.u6_addr16': 'bytes',
        direction: 'number',
        comm: 'number',
        hops: 'little-endian',
        remote: 'bytes',
      },
    })
    t.deepEqual(value.local.in6_u.u6_addr16, bytes.slice(0, 16))
    t.is(value.direction, 1)
    t.deepEqual(value.comm, [98, 97, 115, 104, 0, 0])
    t.deepEqual(value.hops, [0x04030201, 0x08070605])
    t.deepEqual(value.remote, Uint8Array.of(192, 0, 2, 1))
    t.deepEqual(written, bytes)
  })

  test(`${strategy}: a type's name stands for it wherever it occurs, and a path goes before it`, (t) => {
    t.like(roundTrip({ addresses: 'text' }).value, { local: '2001:db8::1', remote: '192.0.2.1', gateway: 0x0a000001 })
    t.deepEqual(roundTrip({ addresses: 'text' }).written, bytes)
    const types = { __be32: 'ipv4', in6_addr: 'bytes', 'peer_key.comm': 'string', absent: 'ipv4' } as const
    t.like(roundTrip({ types }).value, {
      local: bytes.slice(0, 16),
      remote: { s_addr: '192.0.2.1' },
      gateway: '10.0.0.1',
      comm: 'bash',
    })
    t.like(roundTrip({ types, fields: { gateway: 'bytes' } }).value, { gateway: Uint8Array.of(10, 0, 0, 1) })
    t.like(roundTrip({ addresses: 'text', types: { in_addr: 'bytes' } }).value, { remote: Uint8Array.of(192, 0, 2, 1) })
  })

  test(`${strategy}: the value itself has the empty path`, (t) => {
    const inner = typed.findByName('in_addr', 'STRUCT')?.id ?? -1
    const codec = compile(typed, inner, { fields: { '': 'ipv4' } })
    t.is(codec.decode(viewOf(bytes), 16), '192.0.2.1')
    const written = new Uint8Array(4)
    codec.encode('127.0.0.1', viewOf(written), 0)
    t.deepEqual([...written], [127, 0, 0, 1])
  })

  test(`${strategy}: a codec of one's own gets a copy and gives the bytes`, (t) => {
    const seen: Uint8Array[] = []
    const upper = {
      decode(copy: Uint8Array) {
        seen.push(copy)
        const text = Buffer.from(copy).toString('latin1').toUpperCase()
        copy.fill(0)
        return text
      },
      encode: (text: string) => new Uint8Array(Buffer.from(text.toLowerCase(), 'latin1')),
    }
    const before = bytes.slice()
    const { value, written } = roundTrip({ fields: { comm: upper } })
    t.is(value.comm, 'BASH\0\0')
    t.is(seen[0]?.length, 6)
    t.deepEqual(bytes, before)
    t.deepEqual(written, bytes)
    const codec = compile(typed, peerKey, { fields: { comm: upper } })
    const encode = (comm: unknown) => () => codec.encode({ ...value, comm }, viewOf(new Uint8Array(52)), 0)
    t.throws(encode('ABC'), { instanceOf: RangeError, message: 'comm: its codec must encode to 6 bytes, not 3' })
    t.throws(encode(5), { instanceOf: TypeError, message: /toLowerCase/ })
    const wrong = compile(typed, peerKey, { fields: { comm: { ...upper, encode: () => 'bash' as never } } })
    t.throws(() => wrong.encode(value, viewOf(new Uint8Array(52)), 0), {
      message: "comm: its codec must encode to a Uint8Array, not 'bash'",
    })
  })

  test(`${strategy}: what a user's codec throws is passed on`, (t) => {
    const mine = new Error('mine')
    const broken = {
      decode: () => {
        throw mine
      },
      encode: () => new Uint8Array(),
    }
    const codec = compile(typed, peerKey, { fields: { comm: broken } })
    t.is(
      t.throws(() => codec.decode(viewOf(bytes), 0)),
      mine,
    )
  })

  test(`${strategy}: addresses that are none are refused by their field`, (t) => {
    const codec = compile(typed, peerKey, { addresses: 'text', fields: { hardware: 'mac' } })
    const value = codec.decode(viewOf(bytes), 0)
    const encode = (change: object) => () => codec.encode({ ...value, ...change }, viewOf(new Uint8Array(52)), 0)
    t.notThrows(encode({ local: '::ffff:1.2.3.4' }))
    t.throws(encode({ remote: '1.2.3' }), { instanceOf: RangeError, message: "remote: '1.2.3' is no IPv4 address" })
    t.throws(encode({ local: '1.2.3.4' }), { instanceOf: RangeError, message: "local: '1.2.3.4' is no IPv6 address" })
    t.throws(encode({ hardware: 'xx' }), { instanceOf: RangeError, message: "hardware: 'xx' is no MAC address" })
    t.throws(encode({ remote: 1 }), {
      instanceOf: TypeError,
      message: 'remote: expected the text of an address, not 1',
    })
  })

  test(`${strategy}: 64 bits as a number or a bigint, field by field`, (t) => {
    const b = new BtfBuilder()
    const u64 = b.int('unsigned long', 8)
    const members = ['plain', 'wide', 'list'].map((name, i) => ({
      name,
      type: i < 2 ? u64 : b.array(u64, 2),
      at: i * 64,
    }))
    const id = b.record('struct', 's', 40, [...members, { name: 'pointer', type: b.pointer(), at: 256 }])
    const btf = Btf.parse(b.bytes())
    const view = new DataView(new ArrayBuffer(40))
    for (let at = 0; at < 40; at += 8) view.setUint8(at, at + 1)
    const one = compile(btf, id, { fields: { wide: 'number', list: 'number', pointer: 'number' } })
    t.deepEqual(one.decode(view, 0), { plain: 1n, wide: 9, list: [17, 25], pointer: 33 })
    const other = compile(btf, id, { int64: 'number', fields: { wide: 'bigint' } })
    t.deepEqual(other.decode(view, 0), { plain: 1, wide: 9n, list: [17, 25], pointer: 33n })
    view.setBigUint64(24, 2n ** 60n, true)
    t.throws(() => one.decode(view, 0), {
      instanceOf: RangeError,
      message: /^list\[1\]: 1152921504606846976 is not exact/,
    })
  })

  test(`${strategy}: a flexible array has formats too`, (t) => {
    const b = new BtfBuilder()
    const u8 = b.int('unsigned char', 1)
    const u32 = b.int('unsigned int', 4)
    const tail = (element: number) =>
      b.record('struct', `s${element}`, 4, [
        { name: 'n', type: u32, at: 0 },
        { name: 'tail', type: b.array(element, 0), at: 32 },
      ])
    const [ofBytes, ofWords] = [tail(u8), tail(u32)]
    const btf = Btf.parse(b.bytes())
    const record = Uint8Array.of(1, 0, 0, 0, 104, 105, 0, 1)
    const as = (id: number, tail: NonNullable<CodecOptions['fields']>[string]) =>
      compile(btf, id, { fields: { tail } }).decode(viewOf(record), 0, record.length).tail
    t.is(as(ofBytes, 'string'), 'hi')
    t.deepEqual(as(ofWords, 'ipv4'), ['104.105.0.1'])
    t.deepEqual(as(ofWords, 'bytes'), Uint8Array.of(104, 105, 0, 1))
    const size = { decode: (bytes: Uint8Array) => bytes.length, encode: (length: number) => new Uint8Array(length) }
    t.is(as(ofWords, size), 4)
    const codec = compile(btf, ofWords, { fields: { tail: size } })
    t.notThrows(() => codec.encode({ n: 1, tail: 4 }, viewOf(new Uint8Array(8)), 0))
    t.throws(() => codec.encode({ n: 1, tail: 5 }, viewOf(new Uint8Array(8)), 0), {
      message: 'tail: 5 bytes do not fit into the 4 that are left',
    })
  })

  test(`${strategy}: formats that lead nowhere or do not fit are refused by their path`, (t) => {
    const refused = (options: CodecOptions, message: RegExp | string) =>
      t.throws(() => compile(typed, peerKey, options), { instanceOf: TypeError, message })
    refused({ fields: { locl: 'ipv6' } }, "option fields: there is no field 'locl'; did you mean 'local'?")
    refused({ fields: { 'local.in6_u.x': 'ipv6' } }, "option fields: there is no field 'local.in6_u.x'")
    refused({ types: { 'peer_key.sadr': 'ipv6' } }, "option types: there is no field 'peer_key.sadr'")
    refused(
      { types: { 'peer_key.prot': 'number' } },
      "option types: there is no field 'peer_key.prot'; did you mean 'port'?",
    )
    refused({ types: { peer_kye: 'bytes' } }, "option types: the BTF has no type 'peer_kye'; did you mean 'peer_key'?")
    refused({ fields: { port: 'nubmer' as never } }, /not 'nubmer'; did you mean 'number'\?$/)
    refused({ fields: { port: 'ipv4' } }, /^'port' cannot be decoded as ipv4: .* 2 bytes$/)
    refused({ fields: { local: 'number' } }, /^'local' cannot .* struct in6_addr, of 16 bytes$/)
    refused({ fields: { rest: 'bytes' } }, /^'rest' .* bit-field of 15 bits$/)
    refused({ fields: { port: 'bigint' } }, /^'port' cannot be decoded as bigint/)
    refused(
      { fields: { port: 'hex' as never } },
      /^option fields: 'port' must be a codec or one of number, .* not 'hex'$/,
    )
    refused({ fields: { port: null as never } }, /'port' .* not null$/)
    refused({ fields: { port: { decode: () => 1 } as never } }, /'port' must be a codec/)
    refused({ fields: 'ipv4' as never }, "option fields must be an object of formats, not 'ipv4'")
    refused({ addresses: 'ipv4' as never }, "option addresses must be 'struct' or 'text', not 'ipv4'")
  })
}

test('a number of 128 bits is no JavaScript number', (t) => {
  const b = new BtfBuilder()
  const id = b.int('unsigned __int128', 16)
  const btf = Btf.parse(b.bytes())
  const message = /^the value cannot be decoded as number: .* 16 bytes$/
  for (const [, compile] of strategies) {
    t.throws(() => compile(btf, id, { fields: { '': 'number' } }), { instanceOf: TypeError, message })
    t.is(compile(btf, id, { fields: { '': 'bigint' } }).size, 16)
  }
})

test('options go before an object’s defaults, formats of types one by one, and its fields are not another’s', (t) => {
  const defaults: CodecOptions = {
    enums: 'name',
    int64: 'number',
    fields: { port: 'big-endian' },
    types: { a: 'ipv4', b: 'mac' },
  }
  t.deepEqual(overDefaults(defaults, { int64: 'bigint', fields: { x: 'ip' }, types: { b: 'bytes', c: 'ip' } }), {
    enums: 'name',
    int64: 'bigint',
    fields: { x: 'ip' },
    types: { a: 'ipv4', b: 'bytes', c: 'ip' },
  })
  t.deepEqual(overDefaults(defaults, {}), { enums: 'name', int64: 'number', types: { a: 'ipv4', b: 'mac' } })
})

// Formats that keep every bit.
const lossless: Readonly<Record<string, readonly [FieldFormat, ...FieldFormat[]]>> = {
  local: ['ip', 'ipv6', 'bytes'],
  remote: ['ipv4', 'bytes'],
  gateway: ['ipv4', 'number', 'little-endian', 'bytes'],
  hops: ['ipv4', 'big-endian', 'bytes'],
  port: ['big-endian', 'number', 'bytes'],
  direction: ['enum', 'number', 'big-endian', 'bytes'],
  hardware: ['mac', 'number', 'bytes'],
  comm: ['mac', 'number', 'bytes'],
}

test('random bytes in random formats are seen alike by both ways of decoding, and written back as they were', (t) => {
  const seed = seedOfRun()
  t.log(`SEED=${seed}`)
  const random = new Random(seed)
  for (let round = 0; round < 300; round++) {
    const fields = Object.fromEntries(
      Object.entries(lossless)
        .filter(() => random.below(4) > 0)
        .map(([name, formats]) => [name, random.pick(formats)]),
    )
    const record = random.bytes(bytes.length)
    if (random.below(3) === 0) record.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
    if (random.below(3) === 0) record.fill(0, random.below(8), 8 + random.below(8))
    const codecs = strategies.map(([, compile]) => compile(typed, peerKey, { fields, enums: 'name' }))
    const [first, ...others] = codecs.map((codec) => codec.decode(viewOf(record), 0))
    for (const other of others) t.deepEqual(other, first)
    for (const codec of codecs) {
      const written = random.bytes(bytes.length)
      codec.encode(first, viewOf(written), 0)
      t.deepEqual(written, record)
    }
  }
})

test("a map's fields begin with key or value", (t) => {
  const fields = { key: 'ipv4', 'value.a.b': 'mac', 'key.x': 'number' } as const
  t.deepEqual(divideFields(fields, ['key', 'value']), { key: { '': 'ipv4', x: 'number' }, value: { 'a.b': 'mac' } })
  t.deepEqual(divideFields(undefined, ['key']), { key: {} })
  t.throws(() => divideFields({ kye: 'ipv4' }, ['key', 'value']), {
    instanceOf: TypeError,
    message: "option fields: 'kye' must begin with key or value; did you mean 'key'?",
  })
})
