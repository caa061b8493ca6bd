import test from 'ava'
import { findMutations, type Language, sample } from '../../scripts/mutate/find.mjs'

const mutants = (text: string, language: Language) =>
  findMutations(text, language).map(({ start, end, text: put }) => text.slice(0, start) + put + text.slice(end))

const found: readonly [language: Language, text: string, mutants: readonly string[]][] = [
  ['ts', 'if (a < b) c()', ['if (!(a < b)) c()', 'if (a <= b) c()', 'if (a < b) ;']],
  ['ts', 'if (a === b) {', ['if (a !== b) {']],
  ['ts', 'if (!a) {', ['if (a) {']],
  ['ts', '  return a ?? 7', ['  return undefined as never', '  return a', '  return a ?? 8']],
  [
    'ts',
    'const a = b ? c(1, 2) : d',
    ['const a = b ? d : c(1, 2)', 'const a = b ? c(0, 2) : d', 'const a = b ? c(1, 3) : d'],
  ],
  [
    'ts',
    'a.b += Math.min(c, 0x10)',
    [';', 'a.b = Math.min(c, 0x10)', 'a.b += Math.max(c, 0x10)', 'a.b += Math.min(c, 0x11)'],
  ],
  ['ts', 'f(() => {\n  g = a\n})', [';\n\n', 'f(() => {\n  ;\n})']],
  [
    'ts',
    'm(a: A): void {\n  this.#n++\n}',
    ['m(a: A): void { return\n  this.#n++\n}', 'm(a: A): void {\n  ;\n}', 'm(a: A): void {\n  this.#n--\n}'],
  ],
  ['ts', 'const a = [\n  f(),\n].map(\n  g,\n)', []],
  ['ts', "const a = 'b < 1' + c(`1 < 2 \x24{d - e}`) // && 0", ["const a = 'b < 1' + c(`1 < 2 \x24{d + e}`) // && 0"]],
  ['ts', 'const a = /1 < [/2]/.test(b)', []],
  [
    'ts',
    'export interface A {\n  readonly b: 1\n}\nlet c = true',
    ['export interface A {\n  readonly b: 1\n}\nlet c = false'],
  ],
  ['ts', "import { a } from './1.js'\ntype B =\n  | 1\n  | 2\n", []],
  ['c', '\t__sync_fetch_and_add(&a->b, c);', ['\t;']],
  ['c', '\tif (a)\n\t\tb = d;', ['\tif (!(a))\n\t\tb = d;', '\tif (a)\n\t\t;']],
  ['c', '\tcase A:\n\t\tbreak;', ['\tcase A:\n\t\t;', '\tcase A:\n\t\tcontinue;']],
  ['c', '\treturn a & b;', ['\treturn 0;', '\treturn a | b;']],
  ['c', 'struct a {\n\t__u8 b[4];\n};\nstruct {\n\t__uint(max_entries, 1);\n} c SEC(".maps");', []],
  ['c', '\t\t.a = READ(b, c),', ['']],
  ['c', '#include "a1.h"\n#define A 8', ['#include "a1.h"\n#define A 9']],
  ['c', 'static int a(void)\n{\n\treturn 0;', []],
  ['c', 'static bool a(void)\n{\n\treturn 0;', ['static bool a(void)\n{\n\treturn 1;']],
  ['cc', "  if (const auto a = b()) c(1'000);", ['  if (const auto a = b()) ;', '  if (const auto a = b()) c(1001);']],
  ['cc', 'void A::b(int c) {', ['void A::b(int c) { return;']],
  ['cc', '  throw A(b + " + ");', ['  ;']],
]

for (const [language, text, expected] of found) {
  test(`in ${language}, ${JSON.stringify(text)} has ${expected.length} mutants`, (t) => {
    t.deepEqual(mutants(text, language).sort(), [...expected].sort())
  })
}

test('a mutation keeps the number of lines, and names the line where it begins', (t) => {
  const text = 'let a\nf(\n  a,\n)\n'
  const [mutation] = findMutations(text, 'ts')
  t.deepEqual(mutation, { line: 2, start: 6, end: 15, text: ';\n\n' })
})

test('lines are the first and the last in which mutations are made', (t) => {
  const lines = findMutations('a = 1\na = 2\na = 3\na = 4\n', 'ts', [2, 3]).map(({ line }) => line)
  t.deepEqual(lines, [2, 2, 3, 3])
})

test('a sample is spread over the list', (t) => {
  t.deepEqual(sample([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2), [2, 7])
  t.deepEqual(sample([0, 1, 2], 5), [0, 1, 2])
})
