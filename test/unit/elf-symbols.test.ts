import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { ElfFile } from '../../lib/symbols/elf-file.js'
import { ElfSymbols } from '../../lib/symbols/elf-symbols.js'
import { FunctionTable } from '../../lib/symbols/function-table.js'
import { atOnce } from '../../lib/symbols/steps.js'
import { countTurns } from '../helpers/count-turns.js'
import { type ElfSymbol, elfFile } from '../helpers/elf-file.js'
import { Random, seedOfRun } from '../helpers/random.js'

const elf = (symbols: readonly ElfSymbol[]) => elfFile(symbols, { wide: true, little: true })

const functions = [
  { name: 'second', value: 0x1020, size: 8 },
  { name: 'first', value: 0x1010, size: 4 },
  { name: 'endless', value: 0x1040, size: 0 },
]

for (const wide of [true, false]) {
  for (const little of [true, false]) {
    const format = `${wide ? 64 : 32}-bit, ${little ? 'little' : 'big'}-endian`

    test(`a function is found by its offset in a file that is ${format}`, (t) => {
      const symbols = ElfSymbols.parse(elfFile(functions, { wide, little }))
      t.is(symbols?.size, 3)
      t.is(symbols?.buildId, 'deadbeef')
      t.deepEqual(symbols?.resolve(0x13), { name: 'first', offset: 3 })
      t.is(symbols?.resolve(0x14), undefined)
      t.deepEqual(symbols?.resolve(0x20), { name: 'second', offset: 0 })
      t.deepEqual(symbols?.resolve(0xff), { name: 'endless', offset: 0xbf })
      t.is(symbols?.resolve(0x100), undefined)
      t.is(symbols?.resolve(0), undefined)
    })
  }
}

test('of several functions at an address the largest has it', (t) => {
  const small = { name: 'small', value: 0x1010, size: 4 }
  const large = { name: 'large', value: 0x1010, size: 16 }
  for (const order of [
    [small, large],
    [large, small],
  ]) {
    const symbols = ElfSymbols.parse(elf(order))
    t.deepEqual(symbols?.resolve(0x11), { name: 'large', offset: 1 })
    t.deepEqual(symbols?.resolve(0x18), { name: 'large', offset: 8 })
  }
})

test('what is behind the end of a function that another one contains is the other one', (t) => {
  const around = { name: 'around', value: 0x1010, size: 0x40 }
  const symbols = ElfSymbols.parse(
    elf([
      { name: 'inside', value: 0x1018, size: 8 },
      { name: 'innermost', value: 0x101a, size: 2 },
      around,
      { name: 'later', value: 0x1030, size: 4 },
      // It begins in the function and ends behind it.
      { name: 'overlapping', value: 0x1048, size: 0x10 },
      { name: 'short', value: 0x104a, size: 2 },
    ]),
  )
  const at = (offset: number) => symbols?.resolve(offset)
  t.deepEqual(at(0x17), { name: 'around', offset: 7 })
  t.deepEqual(at(0x19), { name: 'inside', offset: 1 })
  t.deepEqual(at(0x1b), { name: 'innermost', offset: 1 })
  t.deepEqual(at(0x1c), { name: 'inside', offset: 4 })
  t.deepEqual(at(0x20), { name: 'around', offset: 0x10 })
  t.deepEqual(at(0x33), { name: 'later', offset: 3 })
  t.deepEqual(at(0x34), { name: 'around', offset: 0x24 })
  t.deepEqual(at(0x4c), { name: 'overlapping', offset: 4 })
  t.deepEqual(at(0x57), { name: 'overlapping', offset: 0xf })
  t.is(at(0x58), undefined)
})

test('of several names for a function, the global one with the fewest underscores is shown', (t) => {
  const at = { value: 0x1010, size: 4 }
  const names = [
    { name: '__GI_strtok', ...at, bind: 0 },
    { name: 'strtok_alias', ...at, bind: 2 },
    { name: '__strtok', ...at, bind: 1 },
    { name: 'strtok', ...at, bind: 1 },
    { name: '_strtok', ...at, bind: 1 },
  ]
  for (const order of [names, names.toReversed()]) {
    t.deepEqual(ElfSymbols.parse(elf(order))?.resolve(0x11), { name: 'strtok', offset: 1 })
  }
  t.deepEqual(ElfSymbols.parse(elf(names.slice(0, 2)))?.resolve(0x11), { name: 'strtok_alias', offset: 1 })
})

test('what a file only uses, and what is no function, has no code in it', (t) => {
  const at = { value: 0x1010, size: 4 }
  const symbols = ElfSymbols.parse(
    elf([
      { name: 'imported', ...at, section: 0 },
      { name: 'variable', ...at, type: 1 },
      // STT_GNU_IFUNC: chooses the function's implementation.
      { name: 'chosen', ...at, type: 10 },
      { name: '', value: 0x1020, size: 4 },
    ]),
  )
  t.is(symbols?.size, 1)
  t.deepEqual(symbols?.resolve(0x10), { name: 'chosen', offset: 0 })
  t.is(symbols?.resolve(0x20), undefined)
})

test('the running program names its own functions', (t) => {
  t.true((ElfSymbols.read(process.execPath)?.size ?? 0) > 100)
})

test('what is no ELF file is none', (t) => {
  t.is(ElfSymbols.parse(new Uint8Array()), undefined)
  t.is(ElfSymbols.parse(readFileSync('package.json')), undefined)
  t.is(ElfSymbols.parse(elf(functions).subarray(0, 63)), undefined)
})

test('rubbish is read without harm', (t) => {
  const seed = seedOfRun()
  const random = new Random(seed)
  const whole = elf(functions)
  for (let i = 0; i < 5000; i++) {
    const bytes = Buffer.from(whole.subarray(0, random.below(4) === 0 ? random.below(whole.length) : undefined))
    for (let flips = random.below(8); flips >= 0; flips--) {
      if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256)
    }
    t.notThrows(() => ElfSymbols.parse(bytes)?.resolve(random.below(512)), `SEED=${seed}, mutation ${i}`)
  }
})

test('the order of many functions is that of their offsets', (t) => {
  const seed = seedOfRun()
  const random = new Random(seed)
  // More than the sort of few takes, in both halves of a 32-bit offset; the segment holds what is asked for.
  const many = Array.from({ length: 6000 }, (_, i) => ({
    name: `f${i}`,
    value: 0x1000 + random.below(0x28000),
    size: 1 + random.below(64),
  }))
  const file = elf(many)
  file.writeBigUInt64LE(0x28000n, 64 + 32)
  const symbols = ElfSymbols.parse(file)
  t.is(symbols?.size, many.length)
  for (let i = 0; i < 500; i++) {
    const address = 0x1000 + random.below(0x28000)
    // Of those that contain it, the one that begins last.
    let best: ElfSymbol | undefined
    for (const each of many) {
      if (each.value > address || address >= each.value + each.size) continue
      if (!best || each.value > best.value || (each.value === best.value && each.size > best.size)) best = each
    }
    const expected = best && { name: best.name, offset: address - best.value }
    t.deepEqual(symbols?.resolve(address - 0x1000), expected, `SEED=${seed}, address ${address}`)
  }
})

test('a large file is read in turns of the event loop, to the same symbols', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ebpf-elf-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const many = Array.from({ length: 300_000 }, (_, i) => ({
    name: `f${i}`,
    value: 0x1000 + ((i * 7919) % 300_000),
    size: 1,
  }))
  const file = elf(many)
  file.writeBigUInt64LE(300_000n, 64 + 32)
  const path = join(folder, 'large')
  writeFileSync(path, file)
  let symbols: ElfSymbols | undefined
  const start = performance.now()
  const { turns } = await countTurns(async () => {
    symbols = await ElfSymbols.readAsync(path)
  })
  const took = performance.now() - start
  // A slice is some 10 ms.
  t.true(turns >= Math.min(3, took / 50), `${turns} turns in ${took} ms`)
  t.is(symbols?.size, many.length)
  for (const i of [0, 1, 149_999, 299_999]) {
    t.deepEqual(symbols?.resolve((i * 7919) % 300_000), { name: `f${i}`, offset: 0 })
  }
  t.is(await ElfSymbols.readAsync('/dev/null'), undefined)
  await t.throwsAsync(ElfSymbols.readAsync(join(folder, 'missing')), { code: 'ENOENT' })
})

/** How many bytes are read of a file of that length, which begins as given and is a hole from there on. */
function bytesRead(start: Buffer, length: number): number {
  let bytes = 0
  const read = (offset: number, size: number) => {
    const piece = Buffer.alloc(Math.max(0, Math.min(size, length - offset)))
    if (offset < start.length) start.copy(piece, 0, offset)
    bytes += piece.length
    return piece
  }
  const file = ElfFile.of(read, length)
  if (file) atOnce(FunctionTable.read(file, file.segments()))
  return bytes
}

const sectionAt = (file: Buffer, i: number) => Number(file.readBigUInt64LE(40)) + 64 * i

test('of a sparse file no more is read than a piece of a table', (t) => {
  const length = 2 ** 40
  for (const table of [1, 2]) {
    for (const size of [2 ** 24, 2 ** 30, 2 ** 39]) {
      const file = elf(functions)
      file.writeBigUInt64LE(2n ** 38n, sectionAt(file, table) + 24)
      file.writeBigUInt64LE(BigInt(size), sectionAt(file, table) + 32)
      const bytes = bytesRead(file, length)
      t.true(bytes < 2 ** 21, `table ${table} of ${size} bytes: ${bytes} read`)
    }
  }
})

test('a file with very many tables costs what one does', (t) => {
  const size = 2 ** 22
  const count = 65_535
  const file = Buffer.alloc(size + 64 * count, 1)
  elf(functions).copy(file, 0, 0, 64)
  file.writeBigUInt64LE(BigInt(size), 40)
  file.writeUInt16LE(count, 60)
  for (let i = 0; i < count; i++) {
    const at = size + 64 * i
    file.writeUInt32LE(i % 2 === 0 ? 2 : 11, at + 4)
    file.writeBigUInt64LE(256n, at + 24)
    file.writeBigUInt64LE(BigInt(size - 256), at + 32)
    file.writeUInt32LE(0, at + 40)
    file.writeBigUInt64LE(24n, at + 56)
  }
  const bytes = bytesRead(file, file.length)
  t.true(bytes < 5 * size + 64 * count, `${bytes} read`)
})

test('tables, notes and segments beyond what a linker makes are not read', (t) => {
  const large = Buffer.alloc(2 ** 21, 1)
  elf(functions).copy(large)
  large.writeBigUInt64LE(2n ** 36n, sectionAt(large, 1) + 32)
  t.true(bytesRead(large, 2 ** 40) < 2 ** 20)
  const segments = elf(functions)
  segments.writeUInt16LE(65_535, 56)
  t.true(bytesRead(segments, 2 ** 40) < 2 ** 20)
})

test('only a regular file is opened', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ebpf-elf-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  symlinkSync(pipe, join(folder, 'link'))
  for (const path of [pipe, join(folder, 'link'), folder, '/dev/zero']) t.is(ElfSymbols.read(path), undefined, path)
  t.throws(() => ElfSymbols.read(join(folder, 'none')), { code: 'ENOENT' })
})
