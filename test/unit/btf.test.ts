import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { Btf, BtfError, type BtfType } from 'ebpf/btf'
import { BtfBuilder } from '../helpers/btf-builder.js'

const malformed = (t: ExecutionContext, run: () => unknown, message: RegExp) =>
  t.throws(run, { instanceOf: BtfError, code: 'ERR_BTF', message })

/** One type of each kind, by number. */
function everyKind(byteOrder: 'little' | 'big'): Uint8Array {
  const b = new BtfBuilder({ byteOrder })
  const int = b.int('int', 4, { signed: true }) // 1
  const pointer = b.pointer(int) // 2
  b.array(int, 3) // 3
  b.record('struct', 's', 8, [
    { name: 'a', type: int, at: 0, bits: 3 },
    { name: 'p', type: int, at: 32 },
  ]) // 4
  b.record('union', 'u', 8, [{ name: 'p', type: pointer, at: 0 }]) // 5
  b.enumeration('e', 4, true, { MINUS: -1 }) // 6
  b.add({ kind: 7, name: 'fwd', flag: true }) // 7
  b.typedef('t', int) // 8
  for (const kind of [9, 10, 11]) b.add({ kind, sizeOrType: int }) // 9, 10, 11
  b.add({ kind: 12, name: 'f', vlen: 1, sizeOrType: 13 }) // 12
  b.add({ kind: 13, vlen: 2, sizeOrType: int, words: [b.string('x'), int, 0, 0] }) // 13
  b.add({ kind: 14, name: 'v', sizeOrType: int, words: [1] }) // 14
  b.add({ kind: 15, name: '.data', vlen: 2, sizeOrType: 8, words: [14, 4, 4, 12, 0, 0] }) // 15
  b.add({ kind: 16, name: 'double', sizeOrType: 8 }) // 16
  b.add({ kind: 17, name: 'tag', sizeOrType: 4, words: [0xffffffff] }) // 17
  b.add({ kind: 18, name: 'user', sizeOrType: int }) // 18
  b.add({ kind: 19, name: 'e64', vlen: 1, sizeOrType: 8, words: [b.string('BIG'), 1, 0x80000000] }) // 19
  return b.bytes()
}

const decoded: BtfType[] = [
  { kind: 'INT', id: 1, name: 'int', size: 4, signed: true, char: false, bool: false, bitOffset: 0, bits: 32 },
  { kind: 'PTR', id: 2, name: '', type: 1 },
  { kind: 'ARRAY', id: 3, name: '', type: 1, indexType: 0, length: 3 },
  {
    kind: 'STRUCT',
    id: 4,
    name: 's',
    size: 8,
    members: [
      { name: 'a', type: 1, bitOffset: 0, bitfieldSize: 3 },
      { name: 'p', type: 1, bitOffset: 32, bitfieldSize: 0 },
    ],
  },
  { kind: 'UNION', id: 5, name: 'u', size: 8, members: [{ name: 'p', type: 2, bitOffset: 0, bitfieldSize: 0 }] },
  { kind: 'ENUM', id: 6, name: 'e', size: 4, signed: true, values: [{ name: 'MINUS', value: -1 }] },
  { kind: 'FWD', id: 7, name: 'fwd', of: 'union' },
  { kind: 'TYPEDEF', id: 8, name: 't', type: 1 },
  { kind: 'VOLATILE', id: 9, name: '', type: 1 },
  { kind: 'CONST', id: 10, name: '', type: 1 },
  { kind: 'RESTRICT', id: 11, name: '', type: 1 },
  { kind: 'FUNC', id: 12, name: 'f', type: 13, linkage: 'global' },
  {
    kind: 'FUNC_PROTO',
    id: 13,
    name: '',
    type: 1,
    parameters: [
      { name: 'x', type: 1 },
      { name: '', type: 0 },
    ],
  },
  { kind: 'VAR', id: 14, name: 'v', type: 1, linkage: 'global' },
  {
    kind: 'DATASEC',
    id: 15,
    name: '.data',
    size: 8,
    variables: [
      { type: 14, offset: 4, size: 4 },
      { type: 12, offset: 0, size: 0 },
    ],
  },
  { kind: 'FLOAT', id: 16, name: 'double', size: 8 },
  { kind: 'DECL_TAG', id: 17, name: 'tag', type: 4, component: -1, attribute: false },
  { kind: 'TYPE_TAG', id: 18, name: 'user', type: 1, attribute: false },
  { kind: 'ENUM64', id: 19, name: 'e64', size: 8, signed: false, values: [{ name: 'BIG', value: 2n ** 63n + 1n }] },
]

for (const byteOrder of ['little', 'big'] as const) {
  test(`every kind is decoded from ${byteOrder}-endian data`, (t) => {
    const btf = Btf.parse(everyKind(byteOrder))
    t.is(btf.byteOrder, byteOrder)
    t.is(btf.typeCount, 20)
    t.deepEqual([...btf.types()], decoded)
    t.deepEqual(btf.type(0), { kind: 'VOID', id: 0, name: '' })
  })
}

test('the data is copied, so that writing to it later changes nothing', (t) => {
  const bytes = everyKind('little')
  const btf = Btf.parse(bytes)
  bytes.fill(0xff)
  t.deepEqual([...btf.types()], decoded)
})

test('a type is found by its name, and by its kind where several have the name', (t) => {
  const b = new BtfBuilder()
  const struct = b.record('struct', 'flow', 0, [])
  const typedef = b.typedef('flow', struct)
  const prefix = b.typedef('flo', struct)
  const btf = Btf.parse(b.bytes())
  t.is(btf.findByName('flow')?.id, struct)
  t.is(btf.findByName('flow', 'TYPEDEF')?.id, typedef)
  t.is(btf.findByName('flo')?.id, prefix)
  t.is(btf.findByName('flows'), undefined)
  t.is(btf.findByName('low'), undefined)
  t.is(btf.findByName(''), undefined)
  t.is(btf.findByName('flow', 'UNION'), undefined)
})

test('data sections list variables by name, with the type behind their VAR', (t) => {
  t.deepEqual(Btf.parse(everyKind('little')).dataSections(), [
    { id: 15, name: '.data', size: 8, variables: [{ name: 'v', offset: 4, size: 4, type: 1 }] },
  ])
})

test('resolve goes through typedefs, qualifiers and tags, and shows what it passes', (t) => {
  const b = new BtfBuilder()
  const int = b.int('int', 4)
  const chain = [8, 9, 10, 11, 18].reduce((type, kind) => b.add({ kind, name: `k${kind}`, sizeOrType: type }), int)
  const btf = Btf.parse(b.bytes())
  const passed: string[] = []
  t.is(btf.resolve(chain, (type) => passed.push(type.kind)).id, int)
  t.deepEqual(passed, ['TYPE_TAG', 'RESTRICT', 'CONST', 'VOLATILE', 'TYPEDEF'])
  t.is(btf.resolve(0).kind, 'VOID')
})

test('sizeOf multiplies arrays, and pointers have 8 bytes', (t) => {
  const b = new BtfBuilder()
  const pointer = b.pointer()
  const matrix = b.array(b.array(pointer, 3), 5)
  const variable = b.add({ kind: 14, name: 'v', sizeOrType: matrix, words: [0] })
  const empty = b.array(b.array(pointer, 0xffffffff), 0)
  const btf = Btf.parse(b.bytes())
  t.is(btf.sizeOf(matrix), 120)
  t.is(btf.sizeOf(variable), 120)
  t.is(btf.sizeOf(empty), 0)
})

test('sizeOf refuses what has no size, and what is larger than memory', (t) => {
  const b = new BtfBuilder()
  const fwd = b.add({ kind: 7, name: 'later' })
  const huge = b.array(b.array(b.pointer(), 0xffffffff), 0xffffffff)
  const btf = Btf.parse(b.bytes())
  malformed(t, () => btf.sizeOf(0), /VOID \(anonymous\) has no size \(BTF type 0\)/)
  malformed(t, () => btf.sizeOf(fwd), /FWD later has no size/)
  malformed(t, () => btf.sizeOf(huge), /larger than 4 GiB/)
})

test('types that refer to themselves are an error, not a loop', (t) => {
  const b = new BtfBuilder()
  const typedef = b.typedef('ouroboros', 1)
  const array = b.array(2, 1)
  const variable = b.add({ kind: 14, name: 'v', sizeOrType: 3, words: [0] })
  const btf = Btf.parse(b.bytes())
  malformed(t, () => btf.resolve(typedef), /refers to itself/)
  malformed(t, () => btf.sizeOf(typedef), /refers to itself/)
  malformed(t, () => btf.sizeOf(array), /nests more than 64/)
  malformed(t, () => btf.sizeOf(variable), /nests more than 64/)
})

test('split BTF numbers its types and strings on from its base', (t) => {
  const b = new BtfBuilder()
  const int = b.int('int', 4)
  const base = Btf.parse(b.bytes())
  // "\0int\0" is 5 bytes.
  const module = new BtfBuilder({ firstId: 2, firstString: 5 })
  const struct = module.record('struct', 'own', 4, [{ name: 'field', type: int, at: 0 }])
  const typedef = module.add({ kind: 8, sizeOrType: struct })
  const bytes = module.bytes()
  const btf = Btf.parse(bytes, { base })
  t.is(struct, 2)
  t.is(btf.typeCount, 4)
  t.deepEqual(
    [...btf.types()].map((type) => type.id),
    [struct, typedef],
  )
  t.is(btf.findByName('int')?.id, int)
  t.is(btf.findByName('own')?.id, struct)
  t.is(btf.findByName('field'), undefined)
  t.deepEqual(btf.type(int), base.type(int))
  t.is(btf.sizeOf(typedef), 4)
  // A name that its base has already.
  const named = new BtfBuilder({ firstId: 2, firstString: 5 })
  const again = named.add({ kind: 4, sizeOrType: 0 })
  const borrowed = named.bytes()
  new DataView(borrowed.buffer).setUint32(24, 1, true)
  t.is(Btf.parse(borrowed, { base }).findByName('int', 'STRUCT')?.id, again)
  malformed(t, () => Btf.parse(bytes).type(1), /name at 11 lies outside the string section of 10 bytes/)
  const other = Btf.parse(new BtfBuilder({ byteOrder: 'big' }).bytes())
  malformed(t, () => Btf.parse(bytes, { base: other }), /little-endian BTF cannot extend a big-endian base/)
})

test('enumerators of 64 bits are signed where their enum is', (t) => {
  for (const byteOrder of ['little', 'big'] as const) {
    const b = new BtfBuilder({ byteOrder })
    const words = [b.string('NEGATIVE'), 0xffff_fffe, 0xffff_ffff]
    const signed = b.add({ kind: 19, name: 'signed', flag: true, vlen: 1, sizeOrType: 8, words })
    const unsigned = b.add({ kind: 19, name: 'unsigned', vlen: 1, sizeOrType: 8, words })
    const btf = Btf.parse(b.bytes())
    t.like(btf.type(signed), { signed: true, values: [{ name: 'NEGATIVE', value: -2n }] })
    t.like(btf.type(unsigned), { signed: false, values: [{ name: 'NEGATIVE', value: 2n ** 64n - 2n }] })
  }
})

test('a member’s offset has 32 bits, or 24 and the width of a bit-field', (t) => {
  const b = new BtfBuilder()
  const int = b.int('int', 4)
  const far = 2 ** 31
  const plain = b.record('struct', 'plain', far / 8 + 4, [{ name: 'far', type: int, at: far }])
  const fields = b.record('struct', 'fields', 8, [{ name: 'wide', type: int, at: 33, bits: 31 }])
  const btf = Btf.parse(b.bytes())
  t.like(btf.type(plain), { members: [{ name: 'far', bitOffset: far, bitfieldSize: 0 }] })
  t.like(btf.type(fields), { members: [{ name: 'wide', bitOffset: 33, bitfieldSize: 31 }] })
})

test('a longer header than this version knows is skipped', (t) => {
  const b = new BtfBuilder()
  b.int('int', 4)
  const btf = Btf.parse(b.bytes({ layout: [], extraHeader: [1, 2, 3] }))
  t.is(btf.findByName('int')?.id, 1)
})

test('an unknown kind is stepped over when the layout section tells its length', (t) => {
  const b = new BtfBuilder()
  const future = b.add({ kind: 20, name: 'future', vlen: 2, words: [1, 2, 3, 4, 5] })
  const int = b.int('int', 4)
  const layout = Array.from({ length: 21 * 4 }, () => 0)
  layout.splice(20 * 4, 2, 4, 8)
  const btf = Btf.parse(b.bytes({ layout }))
  t.deepEqual(btf.type(future), { kind: 'UNKNOWN', id: future, name: 'future', number: 20 })
  t.is(btf.type(int).kind, 'INT')
  malformed(t, () => btf.sizeOf(future), /UNKNOWN future has no size/)
  malformed(t, () => Btf.parse(b.bytes()), /kind 20 is not known.*\(BTF type 1, byte 24\)/)
})

test('a struct may have more than 65535 members', (t) => {
  const b = new BtfBuilder()
  const byte = b.int('unsigned char', 1)
  const name = b.string('m')
  const count = 70_000
  const words = Array.from({ length: count }, (_, i) => [name, byte, i * 8]).flat()
  const struct = b.add({ kind: 4, vlen: count, sizeOrType: count, words })
  const type = Btf.parse(b.bytes()).type(struct)
  t.is(type.kind === 'STRUCT' && type.members.at(-1)?.bitOffset, 559_992)
})

test('what is no BTF is refused with what is wrong and where', (t) => {
  const good = everyKind('little')
  const changed = (offset: number, value: number, size: 8 | 32 = 32) => {
    const bytes = good.slice()
    const view = new DataView(bytes.buffer)
    if (size === 8) view.setUint8(offset, value)
    else view.setUint32(offset, value, true)
    return () => Btf.parse(bytes)
  }
  malformed(t, () => Btf.parse(new Uint8Array(0)), /^0 bytes are fewer than a BTF header has, 24$/)
  malformed(t, () => Btf.parse(readFileSync('package.json')), /not BTF: begins with 0x/)
  malformed(t, changed(2, 2, 8), /version 2 is not known; only 1 is \(BTF byte 2\)/)
  malformed(t, changed(4, 23), /a header of 23 bytes/)
  malformed(t, changed(4, 0xffffffff), /a header of 4294967295 bytes/)
  malformed(t, changed(12, 0xfffffff0), /the type section, 4294967280 bytes at 24, ends after/)
  malformed(t, changed(20, 0x7fffffff), /the string section/)
  malformed(t, changed(12, 20), /type section ends inside a type|reach past the end of the type section/)
  malformed(t, changed(28, 0), /kind 0 is not known/)
  malformed(t, () => Btf.parse(good.subarray(0, good.length - 1)), /string section/)
  const unterminated = good.slice()
  unterminated[good.length - 1] = 65
  malformed(t, () => Btf.parse(unterminated), /does not end in NUL/)
  t.throws(() => Btf.parse('text' as never), {
    instanceOf: TypeError,
    message: /bytes must be a Uint8Array, not 'text'/,
  })
})

test('a type that is not there is refused', (t) => {
  const btf = Btf.parse(everyKind('little'))
  for (const id of [20, -1, 1.5, Number.NaN, 2 ** 40])
    malformed(t, () => btf.type(id), /there is no type .*: the last is 19/)
})

test('names outside the string section, and endless ones, are refused', (t) => {
  const b = new BtfBuilder()
  const outside = b.add({ kind: 8, sizeOrType: 0 })
  const bytes = b.bytes()
  new DataView(bytes.buffer).setUint32(24, 12345, true)
  malformed(t, () => Btf.parse(bytes).type(outside), /name at 12345 lies outside the string section of 1 bytes/)
  const long = new BtfBuilder()
  const endless = long.typedef('x'.repeat(5000), 0)
  malformed(t, () => Btf.parse(long.bytes()).type(endless), /longer than 4096 bytes/)
  t.is(Btf.parse(long.bytes()).findByName('x'), undefined)
})

test('members that each name another part of one long string are refused before they fill the memory', (t) => {
  const b = new BtfBuilder()
  const int = b.int('int', 4)
  const start = b.string('x'.repeat(4000))
  const count = 20_000
  const words = Array.from({ length: count }, (_, i) => [start + (i % 3000), int, 0]).flat()
  const id = b.add({ kind: 4, name: 'many', vlen: count, sizeOrType: 4, words })
  malformed(t, () => Btf.parse(b.bytes()).type(id), /names longer than 511 bytes, which the kernel refuses, are 16 MB/)
})
