import { readFileSync } from 'node:fs'
import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { binding } from '../../lib/internal/binding.js'
import { open } from '../../lib/object/open-object.js'
import { fixture } from '../helpers/fixture.js'

const path = fixture('native_ringbuf')

test('an object is opened from a file and described without privilege', (t) => {
  const object = binding.openObject(path, {})
  t.deepEqual(
    object.programs().map(({ name, section, type, autoload }) => ({ name, section, type, autoload })),
    [
      { name: 'emit', section: 'tc', type: 3, autoload: true },
      { name: 'out_of_bounds', section: 'tc', type: 3, autoload: false },
    ],
  )
  const events = object.maps().find((map) => map.name === 'events')
  t.like(events, { type: 27, keySize: 0, valueSize: 0, maxEntries: 4096, internal: false, inner: undefined })
  t.deepEqual(
    object
      .maps()
      .filter((map) => map.internal)
      .map((map) => map.name.slice(map.name.indexOf('.')))
      .sort(),
    ['.bss', '.data', '.rodata'],
  )
  object.close()
})

test('an object is opened from memory, also where it is not aligned, and the bytes may change afterwards', (t) => {
  const file = readFileSync(path)
  const bytes = new Uint8Array(file.length + 1).subarray(1)
  bytes.set(file)
  const object = binding.openObject(bytes, { name: 'mine' })
  bytes.fill(0xff)
  t.deepEqual(
    object.programs().map((program) => program.name),
    ['emit', 'out_of_bounds'],
  )
  t.true(object.maps().some((map) => map.name === 'mine.data'))
  object.close()
})

test('the template of a map of maps is described', (t) => {
  const object = binding.openObject(fixture('handles'), {})
  const outer = object.maps().find((map) => map.name === 'outer')
  t.is(outer?.type, 12)
  t.like(outer?.inner, { type: 1, keySize: 4, valueSize: 8, maxEntries: 16 })
  object.close()
})

test('the BTF is a copy that begins with its magic number', (t) => {
  const object = binding.openObject(path, {})
  const btf = object.btf()
  t.deepEqual([...(btf?.subarray(0, 2) ?? [])].sort(), [0x9f, 0xeb])
  btf?.fill(0)
  t.notDeepEqual(object.btf(), btf)
  object.close()
  t.true((btf?.length ?? 0) > 100)
})

test('maps are resized and programs deselected before load', (t) => {
  const object = binding.openObject(path, {})
  const index = object.maps().findIndex((map) => map.name === 'events')
  object.setMaxEntries(index, 65536)
  t.is(object.maps()[index]?.maxEntries, 65536)
  object.setAutoload(0, false)
  t.false(object.programs()[0]?.autoload)
  object.close()
})

test('a map of global variables is not resized', (t) => {
  const object = binding.openObject(path, {})
  const index = object.maps().findIndex((map) => map.internal)
  t.throws(() => object.setMaxEntries(index, 2), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /holds global variables/,
  })
  object.close()
})

test('a file that is not there is ENOENT, with what libbpf said and without a word on standard error', (t) => {
  const error = t.throws(() => binding.openObject('/nonexistent.bpf.o', {}), { instanceOf: BpfError, code: 'ENOENT' })
  t.is((error as BpfError).errno, 2)
  t.is((error as BpfError).operation, 'open /nonexistent.bpf.o')
  t.regex((error as BpfError).log, /nonexistent/)
})

for (const [what, bytes] of [
  ['nothing', new Uint8Array()],
  ['one byte', new Uint8Array([0x7f])],
  ['text', new TextEncoder().encode('not an ELF file at all\n'.repeat(100))],
  ['an ELF header alone', readFileSync(path).subarray(0, 64)],
] as const) {
  test(`an object made of ${what} is refused`, (t) => {
    const error = t.throws(() => binding.openObject(bytes, {}), { instanceOf: BpfError })
    t.regex((error as BpfError).code, /^(EINVAL|LIBBPF_ERRNO__(FORMAT|LIBELF))$/)
  })
}

test('an object cut short anywhere is opened or refused, and the process survives it', (t) => {
  const whole = readFileSync(path)
  let refused = 0
  for (let length = 0; length < whole.length; length += 97) {
    try {
      binding.openObject(whole.subarray(0, length), {}).close()
    } catch (error) {
      t.true(error instanceof BpfError)
      refused += 1
    }
  }
  t.true(refused > 10)
})

test('a program at an offset that overflows its section is refused (CVE-2025-29481)', (t) => {
  const file = readFileSync(path)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const u64 = (offset: number) => Number(view.getBigUint64(offset, true))
  const headers = u64(40)
  for (let section = 0; section < view.getUint16(60, true); section++) {
    const header = headers + section * 64
    if (view.getUint32(header + 4, true) !== 2) continue
    for (let symbol = u64(header + 24); symbol < u64(header + 24) + u64(header + 32); symbol += 24) {
      const isFunction = (view.getUint8(symbol + 4) & 15) === 2
      // One instruction long and eight bytes before the section: the end wraps to the section's start.
      if (isFunction) view.setBigUint64(symbol + 8, 2n ** 64n - 8n, true)
      if (isFunction) view.setBigUint64(symbol + 16, 8n, true)
    }
  }
  t.throws(() => binding.openObject(file, {}), {
    instanceOf: BpfError,
    message: /crosses section boundary|LIBBPF_ERRNO__FORMAT/,
  })
})

test('a struct_ops variable at an offset that wraps is refused', (t) => {
  const file = readFileSync(fixture('struct_ops'))
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const u64 = (offset: number) => Number(view.getBigUint64(offset, true))
  const headers = u64(40)
  let changed = 0
  for (let section = 0; section < view.getUint16(60, true); section++) {
    const header = headers + section * 64
    if (view.getUint32(header + 4, true) !== 2) continue
    for (let symbol = u64(header + 24); symbol < u64(header + 24) + u64(header + 32); symbol += 24) {
      // libbpf takes a variable's offset from its symbol, in 32 bits. 16 is more than the licence has.
      const size = view.getBigUint64(symbol + 16, true)
      if ((view.getUint8(symbol + 4) & 15) !== 1 || size <= 16n) continue
      view.setBigUint64(symbol + 8, 2n ** 32n - size, true)
      changed += 1
    }
  }
  t.true(changed > 0)
  t.throws(() => binding.openObject(file, {}), { instanceOf: BpfError, message: /beyond the end of DATASEC/ })
})

test('globals of an arena without an arena map are refused', (t) => {
  const file = readFileSync(fixture('arena'))
  for (let at = file.indexOf('.maps\0'); at >= 0; at = file.indexOf('.maps\0', at)) file.write('_', at)
  t.throws(() => binding.openObject(file, {}), {
    instanceOf: BpfError,
    message: /bad arena data relocation at insn \d+, no arena maps defined/,
  })
})

test('__kconfig variables of more than 2 GiB, alone or together, are refused', (t) => {
  const patched = (before: number[], index: number, value: number) => {
    const file = readFileSync(fixture('kconfig'))
    const at = file.indexOf(Buffer.from(new Uint32Array(before).buffer))
    t.true(at > 0)
    file.writeUInt32LE(value, at + index * 4)
    return () => binding.openObject(file, {})
  }
  // What follows the name in struct btf_type: of `int` its info, size and encoding; of the elements of an array their number.
  const refused = { instanceOf: BpfError }
  t.throws(patched([0x0100_0000, 4, 0x0100_0020], 1, 0xfff8_0001), { ...refused, message: /failed to resolve size/ })
  t.throws(patched([37], 0, 0x7000_0000), { ...refused, code: 'E2BIG', message: /size 1879048192 is too large/ })
})

test('options of the wrong type are named', (t) => {
  const open = (source: unknown, options?: unknown) => () => binding.openObject(source as string, options as object)
  t.throws(open(5, {}), { instanceOf: TypeError, message: /source.* not 5/ })
  t.throws(open(path), { instanceOf: TypeError, message: /options/ })
  t.throws(open(path, { logLevel: 'high' }), { instanceOf: TypeError, message: /logLevel .*'high'/ })
  t.throws(open(path, { logLevel: -1 }), { instanceOf: RangeError, message: /logLevel .*-1/ })
  t.throws(open(path, { name: 1n }), { instanceOf: TypeError, message: /name .*bigint/ })
  t.throws(open('a\0b', {}), { instanceOf: TypeError, message: /NUL/ })
  t.throws(open(new Float64Array(4), {}), { instanceOf: TypeError, message: /source/ })
})

test('options of decoding that are none, or fit no global, are told when the object is opened', (t) => {
  const decoding = (decode: object) => () => open(fixture('typed'), { decode }).close()
  t.throws(decoding({ int64: 'double' }), { instanceOf: TypeError, message: /int64.*double/ })
  t.throws(decoding({ fields: { limits: 'number' } }), {
    instanceOf: TypeError,
    message: /'limits' must begin with.*limit/,
  })
  t.throws(decoding({ fields: { 'function.two': 'ipv4' } }), { instanceOf: TypeError, message: /two/ })
  t.throws(decoding({ fields: { limit: 'ipv4' } }), { instanceOf: TypeError, message: /ipv4/ })
  t.notThrows(decoding({ fields: { limit: 'number' }, types: { nowhere: 'number' } }))
})

test('two sections of variables of one name are refused by that name', (t) => {
  t.throws(() => binding.openObject(fixture('two_sections'), {}), {
    instanceOf: BpfError,
    code: 'EINVAL',
    message: /two sections \.rodata, .*SEC\("\.rodata\.NAME"\)/,
  })
})
