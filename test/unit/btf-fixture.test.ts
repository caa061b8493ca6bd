import test from 'ava'
import { Btf } from 'ebpf/btf'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'

const path = fixture('types')
const btf = Btf.parse(elfSection(path, '.BTF'))

test('an object that clang made holds every kind', (t) => {
  const kinds = new Set([...btf.types()].map((type) => type.kind))
  t.deepEqual(
    [...kinds].sort(),
    [
      'ARRAY CONST DATASEC DECL_TAG ENUM ENUM64 FLOAT FUNC FUNC_PROTO FWD',
      'INT PTR RESTRICT STRUCT TYPEDEF TYPE_TAG UNION VAR VOLATILE',
    ]
      .flatMap((line) => line.split(' '))
      .sort() as typeof kinds extends Set<infer K> ? K[] : never,
  )
})

// The fixture asserts the same numbers when it is compiled.
for (const [name, size] of Object.entries({
  scalars: 112,
  enums: 16,
  bits: 24,
  straddling: 9,
  arrays: 60,
  nested: 48,
  message: 16,
})) {
  test(`sizeof(struct ${name}) is ${size}`, (t) => {
    t.is(btf.sizeOf(btf.findByName(name, 'STRUCT')?.id ?? -1), size)
  })
}

for (const [struct, member, offset] of [
  ['scalars', 'u16', 6],
  ['scalars', 'u128', 48],
  ['scalars', 'pointer', 96],
  ['bits', 'after', 17],
  ['arrays', 'numbers', 12],
  ['message', 'values', 12],
] as const) {
  test(`offsetof(struct ${struct}, ${member}) is ${offset}`, (t) => {
    const type = btf.findByName(struct, 'STRUCT')
    t.is(type?.kind === 'STRUCT' && type.members.find(({ name }) => name === member)?.bitOffset, offset * 8)
  })
}

test('sections name their variables', (t) => {
  const pair = btf.dataSections().find(({ name }) => name === '.data.pair')
  t.deepEqual(
    pair?.variables.map(({ name, size }) => [name, size]),
    [
      ['first', 4],
      ['second', 8],
    ],
  )
})

test('tags name what they are on', (t) => {
  const tags = [...btf.types()].flatMap((type) => (type.kind === 'DECL_TAG' ? [[type.name, type.component]] : []))
  t.deepEqual(tags, [
    ['of a struct', -1],
    ['of a field', 0],
  ])
})
