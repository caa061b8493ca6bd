import test from 'ava'
import { Btf, type BtfKind, describeType } from 'ebpf/btf'
import { BtfBuilder } from '../helpers/btf-builder.js'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'

const btf = Btf.parse(elfSection(fixture('types'), '.BTF'))
const describe = (name: string, kind?: BtfKind) => describeType(btf, btf.findByName(name, kind)?.id ?? -1)

test('a struct is described as C declares it', (t) => {
  t.is(
    describe('nested', 'STRUCT'),
    `struct nested {
  struct point origin;
  struct empty nothing;
  union {
    struct {
      __be32 v4;
      __u32 unused;
    };
    __be64 v6;
  };
  struct {
    const volatile __u8 kind;
    struct {
      __u16 inner;
    };
  };
  union {
    __u32 word;
    __u8 octets[4];
  } either;
  struct unknown *restrict opaque;
  int *tagged;
  int (*callback)(struct point *, const char *restrict, ...);
}`,
  )
})

test('bit-fields, enums, typedefs, variables and functions are described', (t) => {
  t.regex(describe('bits'), /__u32 low : 3;\n {2}__u32 high : 13;/)
  t.regex(describe('arrays'), /__u16 grid\[2\]\[3\];/)
  t.is(describe('color'), 'enum color {\n  RED = 0,\n  GREEN = 5,\n  BLUE = -1,\n}')
  t.is(describe('wide', 'ENUM64'), 'enum wide {\n  SMALL = 1,\n  HUGE = 9223372036854775808,\n}')
  t.is(describe('__be32'), 'typedef __u32 __be32')
  t.is(describe('second'), '__u64 second')
  t.is(describe('scalars_sample'), 'const volatile struct scalars scalars_sample')
  t.is(describe('classify'), 'int classify(struct point *point)')
  t.is(describe('.data.pair'), 'section .data.pair')
  t.is(describe('of a struct'), '__attribute__((btf_decl_tag("of a struct")))')
  t.is(describeType(btf, 0), 'void')
})

test('pointers and arrays of each other get their parentheses', (t) => {
  const b = new BtfBuilder()
  const int = b.int('int', 4)
  const rows = b.typedef('rows', b.pointer(b.array(int, 4)))
  const pointers = b.typedef('pointers', b.array(b.pointer(int), 4))
  const constant = b.typedef('constant', b.add({ kind: 10, sizeOrType: b.pointer(int) }))
  const fixed = Btf.parse(b.bytes())
  t.is(describeType(fixed, rows), 'typedef int (*rows)[4]')
  t.is(describeType(fixed, pointers), 'typedef int *pointers[4]')
  t.is(describeType(fixed, constant), 'typedef int *const constant')
})

test('a type that holds itself many times over is cut short', (t) => {
  const b = new BtfBuilder()
  b.record(
    'struct',
    '',
    0,
    Array.from({ length: 10 }, (_, i) => ({ name: `m${i}`, type: 1, at: 0 })),
  )
  t.regex(describeType(Btf.parse(b.bytes()), 1), /\.\.\. m9;/)
})
