import { readFileSync } from 'node:fs'
import test from 'ava'
import { ElfSymbols } from '../../lib/symbols/elf-symbols.js'
import { Random, seedOfRun } from '../helpers/random.js'

/** A 64-bit ELF file: a segment of 256 bytes at 0x1000, a note with a build id, and functions. */
function elf(functions: readonly { name: string; value: number; size: number }[]): Buffer {
  const names = Buffer.from(`\0${functions.map(({ name }) => `${name}\0`).join('')}`)
  const symbols = Buffer.alloc(24 * (functions.length + 1))
  let nameAt = 1
  for (const [i, { name, value, size }] of functions.entries()) {
    const at = 24 * (i + 1)
    symbols.writeUInt32LE(nameAt, at)
    symbols[at + 4] = 0x12 // global function
    symbols.writeUInt16LE(1, at + 6)
    symbols.writeBigUInt64LE(BigInt(value), at + 8)
    symbols.writeBigUInt64LE(BigInt(size), at + 16)
    nameAt += name.length + 1
  }
  const note = Buffer.concat([
    Buffer.from(Uint32Array.of(4, 4, 3).buffer),
    Buffer.from('GNU\0'),
    Buffer.from('deadbeef', 'hex'),
  ])
  const header = Buffer.alloc(64)
  const segments = Buffer.alloc(2 * 56)
  const sections = Buffer.alloc(3 * 64)
  const at = { segments: 64, note: 176, symbols: 256, names: 256 + symbols.length }
  const sectionsAt = at.names + names.length
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  header.writeBigUInt64LE(BigInt(at.segments), 32)
  header.writeBigUInt64LE(BigInt(sectionsAt), 40)
  for (const [field, value] of [
    [54, 56],
    [56, 2],
    [58, 64],
    [60, 3],
  ] as const)
    header.writeUInt16LE(value, field)
  const segment = (i: number, [type, offset, address, size]: readonly [number, number, number, number]) => {
    segments.writeUInt32LE(type, i * 56)
    for (const [field, value] of [
      [8, offset],
      [16, address],
      [32, size],
    ] as const) {
      segments.writeBigUInt64LE(BigInt(value), i * 56 + field)
    }
  }
  segment(0, [1, 0, 0x1000, 256])
  segment(1, [4, at.note, 0, note.length])
  const section = (i: number, [type, offset, size, link, entry]: readonly [number, number, number, number, number]) => {
    sections.writeUInt32LE(type, i * 64 + 4)
    sections.writeBigUInt64LE(BigInt(offset), i * 64 + 24)
    sections.writeBigUInt64LE(BigInt(size), i * 64 + 32)
    sections.writeUInt32LE(link, i * 64 + 40)
    sections.writeBigUInt64LE(BigInt(entry), i * 64 + 56)
  }
  section(1, [2, at.symbols, symbols.length, 2, 24])
  section(2, [3, at.names, names.length, 0, 0])
  const body = Buffer.alloc(at.symbols)
  header.copy(body)
  segments.copy(body, at.segments)
  note.copy(body, at.note)
  return Buffer.concat([body, symbols, names, sections])
}

const functions = [
  { name: 'second', value: 0x1020, size: 8 },
  { name: 'first', value: 0x1010, size: 4 },
  { name: 'endless', value: 0x1040, size: 0 },
]

test('a function is found by its offset in the file', (t) => {
  const symbols = ElfSymbols.parse(elf(functions))
  t.is(symbols?.size, 3)
  t.is(symbols?.buildId, 'deadbeef')
  t.deepEqual(symbols?.resolve(0x13), { name: 'first', offset: 3 })
  t.is(symbols?.resolve(0x14), undefined)
  t.deepEqual(symbols?.resolve(0x20), { name: 'second', offset: 0 })
  t.deepEqual(symbols?.resolve(0xff), { name: 'endless', offset: 0xbf })
  t.is(symbols?.resolve(0x100), undefined)
  t.is(symbols?.resolve(0), undefined)
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
