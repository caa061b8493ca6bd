import { readFileSync } from 'node:fs'
import test from 'ava'
import { ElfSymbols } from '../../lib/symbols/elf-symbols.js'
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
