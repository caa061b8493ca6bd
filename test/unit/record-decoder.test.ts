import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { decoderFor, type RecordOptions } from '../../lib/events/record-decoder.js'
import { BtfBuilder } from '../helpers/btf-builder.js'

/** A struct `event` of two bytes behind a typedef of that name, and a typedef that has its name alone. */
function types(): Btf {
  const b = new BtfBuilder()
  const u8 = b.int('unsigned char', 1)
  b.typedef('event', u8)
  b.typedef('number', u8)
  b.record('struct', 'event', 2, [
    { name: 'first', type: u8, at: 0 },
    { name: 'second', type: u8, at: 8 },
  ])
  return Btf.parse(b.bytes())
}

const memory = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)

/** What a record of `length` bytes behind its header decodes to. */
function decoded(options: RecordOptions<unknown>, length: number): unknown {
  const view = new DataView(memory.buffer)
  return decoderFor('ring buffer events', { btf: types(), ...options })(view)(8, length, undefined as never)
}

test('a record is decoded by the struct of a name, rather than by another type that has it too', (t) => {
  t.deepEqual(decoded({ type: 'event' }, 2), { first: 1, second: 2 })
  t.is(decoded({ type: 'number' }, 1), 1)
})

test('a record may be longer than its type, and not shorter', (t) => {
  t.deepEqual(decoded({ type: 'event' }, 4), { first: 1, second: 2 })
  t.throws(() => decoded({ type: 'event' }, 1), {
    instanceOf: RangeError,
    message: 'ring buffer events: a record of 1 bytes is shorter than event',
  })
})

test('a decoder of one’s own comes before the type', (t) => {
  t.is(decoded({ type: 'event', decode: (record) => record.u8(1) + record.length }, 2), 4)
})

test('formats of fields without a type that has them are refused, where they would be for nothing', (t) => {
  const fields = { first: 'hex' } as never
  t.throws(() => decoded({ fields }, 2), {
    instanceOf: TypeError,
    message: "ring buffer events: 'fields' are of the records' type, { type }, which is missing",
  })
  t.throws(() => decoded({ type: 'event', decode: () => 1, fields }, 2), {
    instanceOf: TypeError,
    message: /'decode' is given/,
  })
})
