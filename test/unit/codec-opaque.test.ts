import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { BtfError } from '../../lib/btf/error.js'
import { BtfBuilder } from '../helpers/btf-builder.js'
import { strategies, viewOf } from '../helpers/codec-strategies.js'

/** Members whose type BTF cannot say: `_Atomic`, base classes of C++, numbers of sizes that nothing decodes. */

function built(define: (b: BtfBuilder) => number): { btf: Btf; id: number } {
  const b = new BtfBuilder()
  const id = define(b)
  return { btf: Btf.parse(b.bytes()), id }
}

const bytes = (...values: number[]) => Uint8Array.from(values)

for (const [strategy, compile] of strategies) {
  test(`${strategy}: a member without a type is the bytes up to the next one, and the others are decoded`, (t) => {
    const { btf, id } = built((b) => {
      const u8 = b.int('unsigned char', 1)
      return b.record('struct', 's', 8, [
        { name: 'before', type: u8, at: 0 },
        { name: 'atomic', type: 0, at: 16 },
        { name: 'after', type: u8, at: 48 },
        { name: 'last', type: 0, at: 56 },
      ])
    })
    const codec = compile(btf, id)
    const raw = bytes(1, 0, 2, 3, 4, 5, 6, 7)
    const value = { before: 1, atomic: bytes(2, 3, 4, 5), after: 6, last: bytes(7) }
    t.deepEqual(codec.decode(viewOf(raw), 0), value)
    const written = new Uint8Array(8).fill(0xee)
    codec.encode(value, viewOf(written), 0)
    t.deepEqual(written, raw)
    t.throws(() => codec.encode({ ...value, atomic: bytes(1) }, viewOf(written), 0), { message: /^atomic: .*4/ })
  })

  test(`${strategy}: a struct or union that has a size and no members, as enums of Rust have, is its bytes`, (t) => {
    for (const kind of ['struct', 'union'] as const) {
      const { btf, id } = built((b) => {
        const u32 = b.int('unsigned int', 4)
        const option = b.record(kind, 'Option<u32>', 8, [])
        return b.record('struct', 's', 28, [
          { name: 'before', type: u32, at: 0 },
          { name: 'option', type: option, at: 32 },
          { name: 'several', type: b.array(option, 2), at: 96 },
        ])
      })
      const codec = compile(btf, id)
      const raw = bytes(1, 0, 0, 0, ...Array.from({ length: 24 }, (_, i) => i + 2))
      const value = {
        before: 1,
        option: raw.slice(4, 12),
        several: [raw.slice(12, 20), raw.slice(20, 28)],
      }
      t.deepEqual(codec.decode(viewOf(raw), 0), value)
      const written = new Uint8Array(28).fill(0xee)
      codec.encode(value, viewOf(written), 0)
      t.deepEqual(written, raw)
      const alone = built((b) => b.record(kind, 'Option<u32>', 8, []))
      t.deepEqual(compile(alone.btf, alone.id).decode(viewOf(raw), 4), value.option)
    }
    const empty = built((b) => b.record('struct', 'empty', 0, []))
    t.deepEqual(compile(empty.btf, empty.id).decode(viewOf(bytes()), 0), {})
  })

  test(`${strategy}: base classes, which have no name, are bytes called base, and survive a round trip`, (t) => {
    const { btf, id } = built((b) => {
      const u32 = b.int('unsigned int', 4)
      return b.record('struct', 'derived', 16, [
        { name: '', type: 0, at: 0 },
        { name: '', type: 0, at: 32 },
        { name: 'base2', type: u32, at: 64 },
        { name: 'own', type: u32, at: 96 },
      ])
    })
    const raw = bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 10, 0, 0, 0)
    const codec = compile(btf, id)
    const value = codec.decode(viewOf(raw), 0)
    t.deepEqual(value, { base: bytes(1, 2, 3, 4), base2_: bytes(5, 6, 7, 8), base2: 9, own: 10 })
    const written = new Uint8Array(16)
    codec.encode(value, viewOf(written), 0)
    t.deepEqual(written, raw)
  })

  test(`${strategy}: arrays of nothing, long doubles and integers of odd sizes are bytes; in a union, of all of it`, (t) => {
    const { btf, id } = built((b) => {
      const u16 = b.int('unsigned short', 2)
      const long = b.add({ kind: 16, name: 'long double', sizeOrType: 16 })
      const odd = b.int('odd', 3)
      const choice = b.record('union', 'choice', 4, [
        { name: 'atomic', type: 0, at: 0 },
        { name: 'low', type: u16, at: 0 },
      ])
      return b.record('struct', 's', 40, [
        { name: 'many', type: b.array(0, 3), at: 0 },
        { name: 'odd', type: odd, at: 64 },
        { name: 'long', type: long, at: 128 },
        { name: 'choice', type: choice, at: 256 },
        { name: 'end', type: u16, at: 288 },
      ])
    })
    const raw = Uint8Array.from({ length: 40 }, (_, i) => i)
    const value = compile(btf, id).decode(viewOf(raw), 0)
    t.deepEqual(value, {
      many: raw.slice(0, 8),
      odd: raw.slice(8, 11),
      long: raw.slice(16, 32),
      choice: { atomic: raw.slice(32, 36), low: 0x2120 },
      end: 0x2524,
    })
  })

  test(`${strategy}: a codec of one's own decodes a member without a type`, (t) => {
    const { btf, id } = built((b) => b.record('struct', 's', 8, [{ name: 'n', type: 0, at: 0 }]))
    const n = {
      decode: (raw: Uint8Array) => viewOf(raw).getBigUint64(0, true),
      encode: (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer),
    }
    t.deepEqual(compile(btf, id, { fields: { n } }).decode(viewOf(bytes(9, 0, 0, 0, 0, 0, 0, 0)), 0), { n: 9n })
    t.throws(() => compile(btf, id, { fields: { n: 'bigint' } }), { message: /'n' cannot be decoded as bigint/ })
  })

  test(`${strategy}: what is wrong with a type deep inside is told with the way to it, printable`, (t) => {
    const { btf, id } = built((b) => {
      const wide = b.int('wide', 4)
      const inner = b.record('struct', 'inner', 4, [{ name: 'bad\u001b[1m', type: wide, at: 16 }])
      const outer = b.record('struct', 'outer', 8, [{ name: 'in', type: b.array(inner, 2), at: 0 }])
      return b.record('struct', 'root', 8, [{ name: 'out', type: outer, at: 0 }])
    })
    const error = t.throws(() => compile(btf, id), { instanceOf: BtfError })
    t.regex(error.message, /^out\.in: member bad\\x1b\[1m ends at byte 6 of struct inner/)
  })
}
