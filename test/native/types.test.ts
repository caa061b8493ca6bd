import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'ava'
import { compileCodec } from '../../lib/btf/index.js'
import { typesCommand } from '../../lib/cli/types.js'
import { binding } from '../../lib/internal/binding.js'
import { open } from '../../lib/object/open-object.js'
import { type GenerateOptions, generateTypes } from '../../lib/typegen/generate.js'
import { objectModel } from '../../lib/typegen/object-model.js'
import { compile, compiledIn } from '../helpers/compile.js'
import { elfSection } from '../helpers/elf.js'
import { fixture } from '../helpers/fixture.js'
import { runCommand } from '../helpers/run-command.js'

const folder = join(process.cwd(), '.cache', 'types-test')

test.before(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
})

const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8' })
const types = (...args: string[]) => node('dist/cli.cjs', 'types', ...args)

/** Objects that are there to be refused. */
const refused = ['misplaced', 'two_sections', 'undefined'].map((name) => `${name}.bpf.o`)

const objects = ['bpf', join('test', 'fixtures')].flatMap((where) =>
  readdirSync(where)
    .filter((file) => file.endsWith('.bpf.o') && !refused.includes(file))
    .map((file) => join(where, file)),
)

function generate(path: string, options: GenerateOptions = {}, records: readonly string[] | 'all' = []) {
  using object = open(path)
  const { btf, maps, programs } = object
  return (
    btf &&
    generateTypes({ btf, file: basename(path), maps: maps.values(), programs: programs.values(), records }, options)
  )
}

test('what is written for every object compiles, is formatted, and is the same each time', (t) => {
  const optionSets: readonly [GenerateOptions, readonly string[] | 'all'][] = [
    [{}, []],
    [{ int64: 'number', charArrays: 'string', enums: 'name', addresses: 'text' }, 'all'],
  ]
  const files: Record<string, string> = {}
  for (const path of objects) {
    for (const [i, [options, records]] of optionSets.entries()) {
      const text = generate(path, options, records)
      if (text === undefined) continue
      t.is(generate(path, options, records), text)
      files[`${basename(path, '.bpf.o')}_${i}.ts`] = text
    }
  }
  t.true(Object.keys(files).length >= 14)
  t.is(compile('every', files), '')
  const written = Object.keys(files).map((file) => join(compiledIn('every'), file))
  // git ignores the folder, and with it Biome would.
  const biome = ['node_modules/@biomejs/biome/bin/biome', 'format', '--vcs-enabled=false', '--colors=off']
  const { status, stdout, stderr } = node(...biome, ...written)
  t.is(status, 0)
  t.regex(stdout + stderr, new RegExp(`Checked ${written.length} files`))
})

const usage = `
import { type BpfMap, type BpfObject, open, type RingBuffer } from 'ebpf'
import type { EventT, PeerKey, PeerValue, Seldom, TypedObject } from './typed.js'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never
const same = <A, B>(...yes: Same<A, B>[]) => yes

const opened = open<TypedObject>('typed.bpf.o')
opened.map('peers').maxEntries = 3
opened.program('count_peers').autoload = true
opened.globals.limit = 5n
opened.globals.wanted = 1
// @ts-expect-error: no such map
opened.map('peer')
// @ts-expect-error: no such program
opened.program('count_peer')
// @ts-expect-error: no such global
opened.globals.limits = 5n
// @ts-expect-error: of another type
opened.globals.limit = 5

const bpf = await opened.load()
same<BpfObject<TypedObject>, typeof bpf>(true)
bpf.program('count_peers').attach()
// @ts-expect-error: no such program
bpf.program('count_peer')
// @ts-expect-error: a constant once loaded
bpf.globals.limit = 5n
same<bigint, typeof bpf.globals.limit>(true)
same<Uint8Array, typeof bpf.globals.name>(true)
// @ts-expect-error: no such global
bpf.globals.limits

const peers = bpf.map('peers')
same<BpfMap<PeerKey, PeerValue>, typeof peers>(true)
for (const [key, value] of peers) {
  same<bigint, typeof value.bytes>(true)
  // @ts-expect-error: no such field
  key.adress
  // @ts-expect-error: no such field
  value.bites
}
// @ts-expect-error: of another type
peers.get('192.0.2.1')
const totals = bpf.map('totals')
same<BpfMap<number, PeerValue[]>, typeof totals>(true)
const raw = bpf.map('class')
same<BpfMap<Uint8Array, number>, typeof raw>(true)
// @ts-expect-error: no such map
bpf.map('peer')
// @ts-expect-error: no such map, with options either
bpf.map<string, number>('peer', { int64: 'number' })
// Other options than the types were written with: nothing is claimed, unless the caller does.
const otherwise = bpf.map('peers', { int64: 'number' })
same<BpfMap<unknown, unknown>, typeof otherwise>(true)
const own = bpf.map<string, number>('peers', { key: { encode: () => new Uint8Array(), decode: () => '' } })
same<BpfMap<string, number>, typeof own>(true)

const events = bpf.ringbuf('events', { type: 'event_t' })
same<RingBuffer<EventT>, typeof events>(true)
for await (const event of events) {
  same<number, typeof event.pair.a>(true)
  // @ts-expect-error: no such field
  event.tim
}
const seldom = bpf.ringbuf('events', { type: 'seldom' })
same<RingBuffer<Seldom>, typeof seldom>(true)
const lengths = bpf.ringbuf('events', { decode: (record) => record.length })
same<RingBuffer<number>, typeof lengths>(true)
// @ts-expect-error: no such type
bpf.ringbuf('events', { type: 'event' })
// @ts-expect-error: no ring buffer
bpf.ringbuf('peers')
// @ts-expect-error: no ring buffer
bpf.ringbuf('peers', { type: 'event_t' })

// What takes any object takes one whose types are known.
const names = (object: BpfObject) => object.mapNames
names(bpf)
`

const usageOfOptions = `
import { type BpfMap, open, type RingBuffer } from 'ebpf'
import type { Direction, EventT, PeerKey, PeerValue, TypedObject } from './typed.js'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never
const same = <A, B>(...yes: Same<A, B>[]) => yes

const decode = { int64: 'number', enums: 'name', addresses: 'text', types: { 'peer_key.hardware': 'mac' } } as const
const opened = open<TypedObject>('typed.bpf.o', { decode })
opened.globals.limit = 5
const bpf = opened.loadSync()
// @ts-expect-error: the types are true only with the options that they were written with
open<TypedObject>('typed.bpf.o')
// @ts-expect-error: and with none besides
open<TypedObject>('typed.bpf.o', { decode: { ...decode, charArrays: 'string' } })
const peers = bpf.map('peers')
same<BpfMap<PeerKey, PeerValue>, typeof peers>(true)
peers.set(
  {
    local: '::1', remote: '192.0.2.1', gateway: 1, hops: [1, 2], port: 1, direction_bits: 1, rest: 0,
    direction: 'EGRESS', hardware: '00:00:00:00:00:00', comm: new Uint8Array(6),
  },
  { bytes: 1, seen: new Uint8Array(4), flags: 0 },
)
same<'INGRESS' | 'EGRESS' | number, Direction>(true)
// With options of its own nothing is claimed.
const otherwise = bpf.map('peers', { int64: 'bigint' })
same<BpfMap<unknown, unknown>, typeof otherwise>(true)
const events = bpf.ringbuf('events', { type: 'event_t' })
same<RingBuffer<EventT>, typeof events>(true)
same<number, EventT['time']>(true)
const less = bpf.ringbuf('events', { type: 'event_t', int64: 'bigint' })
same<RingBuffer<unknown>, typeof less>(true)
same<number, typeof bpf.globals.limit>(true)
`

test('with an object’s types a wrong program, map, field or global is a compile error, and right ones have types', (t) => {
  const { stdout, status } = types(fixture('typed'), '--type', 'seldom')
  t.is(status, 0)
  t.is(compile('usage', { 'typed.ts': stdout, 'usage.ts': usage }), '')
})

test('the options of decoding change the types as they change the values', (t) => {
  const flags = ['--int64', 'number', '--enums', 'name', '--addresses', 'text', '--as', 'peer_key.hardware=mac']
  const { stdout, status } = types(fixture('typed'), ...flags)
  t.is(status, 0)
  t.is(compile('options', { 'typed.ts': stdout, 'usage.ts': usageOfOptions }), '')
})

test('a wrong name is what the compiler complains of', (t) => {
  const text = generate(fixture('typed')) ?? ''
  const wrong =
    "import { open } from 'ebpf'\nimport type { TypedObject } from './typed.js'\nopen<TypedObject>('').map('peer')\n"
  t.regex(compile('wrong', { 'typed.ts': text, 'wrong.ts': wrong }), /^\S*wrong\.ts\(3,.*'"peer"' is not assignable/m)
})

test('types that C does not name, or that clash, have names of their own', (t) => {
  const text = generate(fixture('typed')) ?? ''
  for (const expected of [
    /export interface EventT \{\n {2}time: bigint\n {2}pair: EventTPair\n {2}word: number\n/,
    /export interface EventTPair \{\n {2}a: number\n/,
    /export interface TwoWords \{\n {2}one: number\n/,
    /export interface TwoWords2 \{\n {2}other: bigint\n/,
    /export interface Uint8Array2 \{\n {2}first: number\n/,
    /\n {4}'\.data\.more': \{ type: 'array'; key: number; value: DataMore \}\n/,
    /\n {4}readonly limit: bigint\n/,
    /\n {4}function: TwoWords\n/,
    /\n {4}delete: TwoWords2\n/,
    /\n {4}class: \{ type: 'hash'; key: Uint8Array; value: number \}\n/,
    /\n {4}event_t: EventT\n/,
  ]) {
    t.regex(text, expected)
  }
  t.notRegex(text, /seldom/i)
  t.regex(generate(fixture('typed'), {}, 'all') ?? '', /seldom: Seldom/)
})

test('keys and values have the types that a map is decoded by', (t) => {
  for (const path of objects) {
    using object = open(path)
    const { btf, maps, programs } = object
    if (!btf) continue
    const native = binding.openObject(path, {})
    const model = objectModel({ btf, maps: maps.values(), programs: programs.values() })
    t.deepEqual(
      model.maps.map(({ name, key = 0, value = 0 }) => [name, key, value]),
      native.maps().map((map) => [map.name, map.btfKeyTypeId, map.btfValueTypeId]),
      path,
    )
    t.deepEqual([...model.globals.keys()].sort(), Object.keys(object.globals).sort(), path)
    t.deepEqual([...model.programs.keys()], [...programs.keys()], path)
    native.close()
  }
})

test('what is written to a file is not printed', (t) => {
  const output = join(folder, 'written.d.ts')
  const { stdout, status } = types(fixture('typed'), '--output', output)
  t.is(status, 0)
  t.is(stdout, '')
  t.is(readFileSync(output, 'utf8'), generate(fixture('typed')) ?? '')
})

const typed = fixture('typed')
const withHardware = { 'peer_key.hardware': 'mac' } as const
for (const [args, options, records] of [
  [[], {}, []],
  [['--type', 'seldom'], {}, ['seldom']],
  [['-t', 'seldom', '-t', 'peer_key'], {}, ['seldom', 'peer_key']],
  [['--all'], {}, 'all'],
  [['--int64', 'number'], { int64: 'number' }, []],
  [['--char-arrays', 'string'], { charArrays: 'string' }, []],
  [['--enums', 'name'], { enums: 'name' }, []],
  [['--addresses', 'text'], { addresses: 'text' }, []],
  [['--as', 'peer_key.hardware=mac'], { types: withHardware }, []],
  [
    ['--as', 'peer_key.hardware=mac', '--as', 'peer_key.comm=string'],
    { types: { ...withHardware, 'peer_key.comm': 'string' } },
    [],
  ],
] as const) {
  test(`types ${args.join(' ')} writes to a file what these options make, and nothing else`, async (t) => {
    const output = join(folder, `written${args.join('_')}.d.ts`)
    await runCommand(typesCommand(), [typed, '--output', output, ...args])
    const expected = generate(typed, options, records) ?? ''
    t.is(readFileSync(output, 'utf8'), expected)
    // The option has an effect here, so that it cannot be left out unseen.
    t.is(expected === generate(typed), args.length === 0)
  })
}

test('what is decoded is of the types that are written', (t) => {
  const path = fixture('types')
  using object = open(path)
  const { btf } = object
  if (!btf) return t.fail('the fixture has BTF')
  const files: Record<string, string> = {}
  for (const [i, options] of [
    {},
    { charArrays: 'string', enums: 'name' } as const,
    { int64: 'number' } as const,
    { types: { __be32: 'ipv4', 'arrays.rows': 'number', 'bits.low': 'boolean', point: 'bytes' } } as const,
  ].entries()) {
    const values = btf.dataSections().flatMap(({ id, name, size }) => {
      if (!name.startsWith('.rodata.')) return []
      const bytes = elfSection(path, name)
      // Their values are chosen so that no number holds them.
      if ('int64' in options) bytes.fill(0)
      const decoded = compileCodec(btf, id, options).decode(new DataView(bytes.buffer), 0, Math.max(size, bytes.length))
      return [`export const v${id}: TypesObject['maps']['${name}']['value'] = ${source(decoded)}\n`]
    })
    t.is(values.length, 8)
    files[`types${i}.d.ts`] = generate(path, options) ?? ''
    files[`usage${i}.ts`] = [`import type { TypesObject } from './types${i}.js'\n`, ...values].join('')
  }
  t.is(compile('decoded', files), '')
})

/** A decoded value as TypeScript writes it. */
function source(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Uint8Array) return `new Uint8Array([${value}])`
  if (Array.isArray(value)) return `[${value.map(source)}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${source(field)}`)} }`
}

test('what cannot be written is said in a sentence', (t) => {
  const plain = join(folder, 'plain.bpf.o')
  writeFileSync(plain, withoutBtf(readFileSync(fixture('types'))))
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['/nonexistent.bpf.o'], /nonexistent\.bpf\.o.*ENOENT/],
    [[join(process.cwd(), 'package.json')], /package\.json/],
    [[plain], /plain\.bpf\.o has no BTF: compile it with clang -g/],
    [[typed, '--type', 'peer'], /no struct, union or typedef 'peer'/],
    [[typed, '--type', 'peer_kye'], /no struct, union or typedef 'peer_kye'; did you mean 'peer_key'\?/],
    [[typed, '--as', 'peer_key'], /peer_key.*flow_key\.saddr=ipv6/],
    [[typed, '--as', 'peer_key.comm=text'], /'peer_key\.comm' must be .* not 'text'/],
    [[typed, '--as', 'peer_key.com=string'], /there is no field 'peer_key\.com'/],
    [[typed, '--as', 'peer_key.port=ipv4'], /'peer_key\.port' cannot be decoded as ipv4/],
    [[typed, '--int64', 'double'], /int64.*double/],
    [[typed, '-o', '/nonexistent/x.d.ts'], /cannot write \/nonexistent\/x\.d\.ts/],
    [[], /missing required argument/],
  ]
  for (const [args, expected] of cases) {
    const { status, stdout, stderr } = types(...args)
    t.is(status, 1, args.join(' '))
    t.is(stdout, '')
    t.regex(stderr, expected)
    t.notRegex(stderr, /\n\s+at /)
  }
})

/** Renames the section, so that nothing finds it. */
function withoutBtf(elf: Buffer): Buffer {
  for (const name of ['\0.BTF\0', '\0.BTF.ext\0', '\0.rel.BTF\0', '\0.rel.BTF.ext\0']) {
    const at = elf.indexOf(name)
    if (at >= 0) elf.write('.XXX', elf.indexOf('.BTF', at))
  }
  return elf
}

test('no name of an object commands a terminal, in types or in messages; in the types its value is the same', (t) => {
  const where = join(folder, 'attack')
  mkdirSync(where)
  const bytes = readFileSync('test/fixtures/handles.bpf.o')
  const renamed = (name: string, from: string, to: string) => {
    const changed = Buffer.from(bytes)
    const at = bytes.indexOf(`\0${from}\0`)
    t.true(at > 0 && bytes.indexOf(`\0${from}\0`, at + 1) < 0)
    t.is(changed.write(to, at + 1), from.length)
    writeFileSync(join(where, name), changed)
    return types(join(where, name))
  }
  const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

  const refused = renamed('title.o', 'max_entries', '\u001b]0;owned!\u0007')
  t.is(refused.status, 1)
  t.notRegex(refused.stderr, unsafe)
  t.true(refused.stderr.includes('\\x1b]0;owned!\\x07'), refused.stderr)

  const written = renamed('c1.o', 'sequence', '\u009b2J\u202ea')
  t.is(written.stderr, '')
  t.notRegex(written.stdout, unsafe)
  t.true(written.stdout.includes("'\\u009b2J\\u202ea': bigint"), written.stdout)
})
