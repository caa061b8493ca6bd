import test from 'ava'
import { Btf, BtfError, compileCodec } from '../../lib/btf/index.js'
import { type GenerateSource, generateTypes } from '../../lib/typegen/generate.js'
import { comment, literal, property, typeName } from '../../lib/typegen/names.js'
import { BtfBuilder } from '../helpers/btf-builder.js'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'
import { Random, seedOfRun } from '../helpers/random.js'

const source = (btf: Btf, more: Partial<GenerateSource> = {}): GenerateSource => ({
  btf,
  file: 'x.bpf.o',
  maps: [],
  programs: [],
  records: [],
  ...more,
})

test('names become identifiers', (t) => {
  for (const [name, expected] of [
    ['flow_key', 'FlowKey'],
    ['__sk_buff', 'SkBuff'],
    ['twoWords', 'TwoWords'],
    ['.data.x', 'DataX'],
    ['core::option::Option<u32>', 'CoreOptionOptionU32'],
    ['_2nd', '_2nd'],
    ['3com', '_3com'],
    ['größe', 'Größe'],
    ['___', 'Anonymous'],
  ] as const) {
    t.is(typeName(name), expected)
  }
  t.is(property('class'), 'class')
  t.is(property('$a_1'), '$a_1')
  t.is(property('.data.x'), "'.data.x'")
  t.is(property('1st'), "'1st'")
  t.is(property(''), "''")
})

test('text from a file stays in its quotes and its comment', (t) => {
  t.is(literal("it's"), '"it\'s"')
  t.is(literal('say "it\'s"'), "'say \"it\\'s\"'")
  t.is(literal('a\\b\nc'), "'a\\\\b\\nc'")
  t.is(comment('a */ b\n // c'), '/** a * / b? // c */')
})

test('hostile names give a file whose every line is of the form that is written', (t) => {
  const b = new BtfBuilder()
  const u32 = b.int('unsigned int', 4)
  const names = ['a b', "'; export const x = 1 //", '*/ export const y = 2 /*', 'n\nm', '`$\u007bz}`', '__proto__']
  const id = b.record(
    'struct',
    'evil */ \n}',
    names.length * 4,
    names.map((name, i) => ({ name, type: u32, at: i * 32 })),
  )
  t.is(Btf.parse(b.bytes()).type(id).kind, 'STRUCT')
  const text = generateTypes(source(Btf.parse(b.bytes()), { records: 'all', file: 'a\n*/ b.bpf.o' }))
  const shape =
    /^(\/\/ .*|\/\*\* .* \*\/|export interface \w+ \{|\}| {2}(?:[\w$]+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"): .*| {2,4}.*: .*| {2}\}|)$/
  for (const line of text.split('\n')) {
    t.regex(line, shape)
    if (line.startsWith('/**')) t.is(line.indexOf('*/'), line.length - 2)
  }
  t.regex(text, /^ {2}'\*\/ export const y = 2 \/\*': number$/m)
})

test('structs of one name and two definitions are two interfaces, equal ones are one', (t) => {
  const b = new BtfBuilder()
  const u32 = b.int('unsigned int', 4)
  const u64 = b.int('unsigned long', 8)
  const one = b.record('struct', 's', 4, [{ name: 'a', type: u32, at: 0 }])
  const same = b.record('struct', 's', 4, [{ name: 'a', type: u32, at: 0 }])
  const other = b.record('struct', 's', 8, [{ name: 'a', type: u64, at: 0 }])
  b.record('struct', 'all', 16, [
    { name: 'one', type: one, at: 0 },
    { name: 'same', type: same, at: 32 },
    { name: 'other', type: other, at: 64 },
  ])
  const text = generateTypes(source(Btf.parse(b.bytes()), { records: ['all'] }))
  t.regex(text, /interface All \{\n {2}one: S\n {2}same: S\n {2}other: S2\n\}/)
  t.is(text.match(/interface S\d* /g)?.length, 2)
})

test('the object’s own interface keeps its name', (t) => {
  const b = new BtfBuilder()
  b.record('struct', 'x_object', 4, [{ name: 'a', type: b.int('int', 4), at: 0 }])
  const text = generateTypes(source(Btf.parse(b.bytes()), { records: 'all' }))
  t.regex(text, /interface XObject2 \{\n {2}a: number/)
  t.regex(text, /interface XObject \{\n {2}programs: Record<never, never>/)
})

test('a name that is not there is refused', (t) => {
  const b = new BtfBuilder()
  b.int('int', 4)
  const message = "the object's BTF has no struct, union or typedef 'nope'"
  t.throws(() => generateTypes(source(Btf.parse(b.bytes()), { records: ['nope'] })), {
    instanceOf: RangeError,
    message,
  })
})

test('a long chain of structs in each other does not exhaust the stack', (t) => {
  const count = 20_000
  const b = new BtfBuilder()
  const int = b.int('int', 4)
  const named = b.typedef('outermost', int + 1 + count)
  let inner = int
  for (let i = 0; i < count; i++) inner = b.record('struct', '', 4, [{ type: inner, at: 0 }])
  t.is(inner, named + count)
  const btf = Btf.parse(b.bytes())
  const text = generateTypes(source(btf, { records: ['outermost'] }))
  t.regex(text, /types: Record<never, never>/, 'no codec goes so deep, so there is no type to write')
  t.throws(() => compileCodec(btf, named), { instanceOf: BtfError, message: /more than 64 levels/ })
})

test('2000 mutations of real BTF are written as types or refused with BtfError', (t) => {
  const seed = seedOfRun(20_261_122)
  const random = new Random(seed)
  const original = elfSection(fixture('types'), '.BTF')
  const wanted = ['.rodata.nested', '.rodata.arrays', '.rodata.bits', '.data.pair']
  const sections = Btf.parse(original).dataSections()
  const maps = sections
    .filter(({ name }) => wanted.includes(name))
    .map(({ name, id }) => ({ name, type: 'array', btfValueTypeId: id }))
  let written = 0
  for (let round = 0; round < 2000; round++) {
    const bytes = original.slice()
    for (let i = random.below(4); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256)
    try {
      generateTypes(source(Btf.parse(bytes), { maps, records: 'all' }), { enums: 'name' })
      written++
    } catch (error) {
      if (error instanceof BtfError) continue
      t.log(`SEED=${seed}, round ${round}: ${Buffer.from(bytes).toString('base64')}`)
      throw error
    }
  }
  t.true(written > 100)
})

test("an arena's variables are globals", (t) => {
  const btf = Btf.parse(elfSection(fixture('arena'), '.BTF'))
  const text = generateTypes(source(btf, { maps: [{ name: 'heap', type: 'arena', btfValueTypeId: 0 }] }))
  t.regex(text, /globals: \{\n {4}packets: bigint\[\]\n/)
})

test('a section whose name is longer than that of its map has its globals', (t) => {
  const btf = Btf.parse(elfSection(fixture('types'), '.BTF'))
  const section = btf.dataSections().find(({ name }) => name === '.data.pair')
  const text = generateTypes(
    source(btf, { maps: [{ name: '.data.pa', type: 'array', btfValueTypeId: section?.id ?? 0 }] }),
  )
  for (const { name } of section?.variables ?? []) t.regex(text, new RegExp(`^ {4}${name}: `, 'm'))
})
