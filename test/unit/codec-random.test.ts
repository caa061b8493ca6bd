import test from 'ava'
import { Btf } from '../../lib/btf/btf.js'
import { BtfBuilder, type RawMember } from '../helpers/btf-builder.js'
import { strategies } from '../helpers/codec-strategies.js'
import { Random, seedOfRun } from '../helpers/random.js'

interface Made {
  readonly id: number
  readonly size: number
  /** A value of the type, as it decodes. */
  value(): unknown
}

/** Makes random types, laid out as a C compiler would lay packed ones out, and values of them. */
class Types {
  readonly builder: BtfBuilder
  readonly #random: Random
  #count = 0

  constructor(random: Random, byteOrder: 'little' | 'big') {
    this.#random = random
    this.builder = new BtfBuilder({ byteOrder })
  }

  #bits(width: number, signed: boolean): number | bigint {
    const raw = this.#random.bytes(16).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    const value = signed ? BigInt.asIntN(width, raw) : BigInt.asUintN(width, raw)
    return width <= 32 ? Number(value) : value
  }

  integer(): Made & { readonly signed: boolean } {
    const size = this.#random.pick([1, 2, 4, 8, 16])
    const signed = this.#random.below(2) === 1
    const id = this.builder.int(`i${size}${signed}`, size, { signed })
    return { id, size, signed, value: () => this.#bits(size * 8, signed) }
  }

  any(depth: number): Made {
    switch (this.#random.below(depth > 0 ? 7 : 4)) {
      case 0:
        return { id: this.builder.int('_Bool', 1, { bool: true }), size: 1, value: () => this.#random.below(2) === 1 }
      case 1: {
        const id = this.builder.add({ kind: 16, name: 'double', sizeOrType: 8 })
        return { id, size: 8, value: () => this.#random.below(2 ** 20) / 64 - 1000 }
      }
      case 2: {
        const size = this.#random.below(100)
        const id = this.builder.array(this.builder.int('unsigned char', 1), size)
        return { id, size, value: () => this.#random.bytes(size) }
      }
      case 3:
        return this.integer()
      case 4: {
        const { id, size, value } = this.integer()
        const qualified = this.builder.add({ kind: this.#random.pick([9, 10, 8]), sizeOrType: id })
        return { id: qualified, size, value }
      }
      case 5: {
        // An unsigned element of one byte would make it a byte array.
        const element = this.struct(depth - 1)
        const length = this.#random.below(4)
        const id = this.builder.array(element.id, length)
        return { id, size: element.size * length, value: () => Array.from({ length }, () => element.value()) }
      }
      default:
        return this.struct(depth - 1)
    }
  }

  struct(depth: number): Made {
    const members: RawMember[] = []
    const values: [name: string, value: () => unknown][] = []
    let at = 0
    for (let i = this.#random.below(8); i >= 0; i--) {
      const name = `m${this.#count++}`
      if (this.#random.below(3) === 0) {
        const { id, size, signed } = this.integer()
        const bits = 1 + this.#random.below(size * 8)
        members.push({ name, type: id, at, bits })
        values.push([name, () => this.#bits(bits, signed)])
        at += bits
      } else {
        const { id, size, value } = this.any(depth)
        at = (Math.ceil(at / 8) + this.#random.below(3)) * 8
        // Bits 0: with a bit-field beside it, the struct has the kind flag, whose offsets have 24 bits.
        members.push({ name, type: id, at })
        values.push([name, value])
        at += size * 8
      }
    }
    // A last array of length 0 would be a flexible one.
    members.push({ name: `m${this.#count++}`, type: this.builder.int('unsigned char', 1), at: Math.ceil(at / 8) * 8 })
    const last = members.at(-1)?.name ?? ''
    const size = Math.ceil(at / 8) + 1 + this.#random.below(4)
    const id = this.builder.record('struct', 's', size, members)
    const fields = [...values, [last, () => this.#random.below(256)] as const]
    return { id, size, value: () => Object.fromEntries(fields.map(([name, value]) => [name, value()])) }
  }
}

const layouts = 300
const records = 3

for (const [strategy, compile] of strategies) {
  test(`${strategy}: random values of ${layouts} random structs come back as they were`, (t) => {
    const seed = seedOfRun()
    t.log(`SEED=${seed}`)
    const random = new Random(seed)
    for (let i = 0; i < layouts; i++) {
      const types = new Types(random, random.pick(['little', 'big']))
      const { id, size, value } = types.struct(3)
      const codec = compile(Btf.parse(types.builder.bytes()), id)
      t.is(codec.size, size)
      for (let j = 0; j < records; j++) {
        const given = value()
        const bytes = random.bytes(size + 5)
        const view = new DataView(bytes.buffer)
        codec.encode(given, view, 3)
        t.deepEqual(codec.decode(view, 3), given)
        t.deepEqual(codec.over(view)(3, 3 + size), given)
        const again = new DataView(new ArrayBuffer(size))
        codec.encode(given, again, 0)
        t.deepEqual(new Uint8Array(again.buffer), bytes.subarray(3, 3 + size), 'whatever was there before is gone')
      }
    }
  })
}

test('both ways of decoding see the same in random bytes', (t) => {
  const seed = seedOfRun()
  t.log(`SEED=${seed}`)
  const random = new Random(seed)
  for (let i = 0; i < layouts; i++) {
    const types = new Types(random, random.pick(['little', 'big']))
    const { id, size } = types.struct(3)
    const btf = Btf.parse(types.builder.bytes())
    const view = new DataView(random.bytes(size).buffer as ArrayBuffer)
    const [first, ...others] = strategies.flatMap(([, compile]) => {
      const codec = compile(btf, id)
      return [codec.decode(view, 0), codec.over(view)(0, size)]
    })
    for (const other of others) t.deepEqual(other, first)
  }
})

/** The value with one field of it, at some depth, gone, added, inherited or of another kind. */
function spoiled(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || random.below(4) === 0) {
    return random.pick([
      undefined,
      null,
      -1,
      -0,
      0.5,
      2 ** 32,
      2 ** 53,
      Number.NaN,
      -1n,
      255n,
      2n ** 64n,
      '1',
      true,
      {},
      new Uint8Array(random.below(3)),
      [1, 2],
      value,
    ])
  }
  const record = value as Record<string, unknown>
  const key = random.pick(Object.keys(record) as [string, ...string[]])
  switch (random.below(4)) {
    case 0:
      return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key))
    case 1:
      return { ...record, [random.pick(['other', '__proto__', 'm0'])]: 1 }
    case 2:
      return Object.assign(Object.create({ [key]: record[key] }), { ...record, [key]: record[key] })
    default:
      return Array.isArray(value)
        ? value.map((each, i) => (i === 0 ? spoiled(random, each) : each))
        : { ...record, [key]: spoiled(random, record[key]) }
  }
}

test('both ways of encoding take the same values, to the same bytes, and refuse the others in the same words', (t) => {
  const seed = seedOfRun()
  t.log(`SEED=${seed}`)
  const random = new Random(seed)
  let refused = 0
  for (let i = 0; i < layouts; i++) {
    const types = new Types(random, random.pick(['little', 'big']))
    const { id, size, value } = types.struct(2)
    const btf = Btf.parse(types.builder.bytes())
    const codecs = strategies.map(([, compile]) => compile(btf, id))
    for (let j = 0; j < 10; j++) {
      const given = spoiled(random, value())
      const [first, ...others] = codecs.map((codec) => {
        const bytes = new Uint8Array(size).fill(0xa5)
        try {
          codec.encode(given, new DataView(bytes.buffer), 0)
          return { bytes }
        } catch (error) {
          refused += 1
          return { error: String(error) }
        }
      })
      for (const other of others) t.deepEqual(other, first)
    }
  }
  t.true(refused > layouts)
})
