import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { BpfError, open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'

/**
 * Anyone may write anything into an object, or into the options that go with it: an error says what is wrong, and
 * nothing crashes.
 */

const set = 'CONFIG_OF_THE_TEST=1\nCONFIG_TEXT_OF_THE_TEST="a"\nCONFIG_OTHER_TEXT_OF_THE_TEST="b"\n'

function loadWith(kconfig: string): unknown {
  const object = open(fixture('kconfig'), { kconfig: kconfig + set })
  using bpf = object.loadSync()
  return bpf.globals.CONFIG_OF_THE_TEST
}

const wrong = [
  'CONFIG_TEXT_OF_THE_TEST="',
  'CONFIG_TEXT_OF_THE_TEST="a',
  'CONFIG_TEXT_OF_THE_TEST="a" b',
  'CONFIG_TEXT_OF_THE_TEST=',
  'CONFIG_TEXT_OF_THE_TEST=y',
  'CONFIG_TEXT_OF_THE_TEST=1',
  "CONFIG_TEXT_OF_THE_TEST='a'",
  'CONFIG_OF_THE_TEST',
  'CONFIG_OF_THE_TEST=',
  'CONFIG_OF_THE_TEST="1"',
  'CONFIG_OF_THE_TEST=y',
  'CONFIG_OF_THE_TEST=never',
  'CONFIG_OF_THE_TEST=1x',
  'CONFIG_OF_THE_TEST=0x',
  'CONFIG_OF_THE_TEST=1 2',
  'CONFIG_OF_THE_TEST=--1',
  'CONFIG_OF_THE_TEST=4294967296',
  'CONFIG_OF_THE_TEST=99999999999999999999999',
]

for (const line of wrong) {
  test(`the line ${line} of a kernel configuration is refused, and quoted`, (t) => {
    const error = t.throws(() => loadWith(`${line}\n`), { instanceOf: BpfError }) as BpfError
    t.true(['EINVAL', 'ERANGE'].includes(error.code), error.code)
    t.true(error.message.includes(`'${line}'`), error.message)
  })
}

test('a line of a kernel configuration is not read as two because it is long', (t) => {
  const padding = '#'.repeat(4095)
  t.throws(() => loadWith(`${padding}CONFIG_OF_THE_TEST=7\n`), {
    code: 'EINVAL',
    message: /longer than 4094 bytes: '#+\.\.\.'/,
  })
  t.throws(() => loadWith(`CONFIG_TEXT_OF_THE_TEST="${'a'.repeat(1 << 20)}"\n`), {
    code: 'EINVAL',
    message: /longer than/,
  })
  t.is(loadWith(`${'#'.repeat(4094)}\nCONFIG_OF_THE_TEST=7\n`), 7)
})

test('lines that set nothing of the object are passed over', (t) => {
  t.is(loadWith('\n# CONFIG_OF_THE_TEST is not set\nnonsense\nCONFIG_UNKNOWN="\nCONFIG_OF_THE_TEST=-3\n'), -3)
})

const original = '0:3:1:1:1'

/** The object with another accessor instead, padded with zeros. */
function withAccessor(accessor: string): Uint8Array {
  const file = readFileSync(fixture('accessor'))
  const at = file.indexOf(`\0${original}\0`, 0, 'latin1') + 1
  file.fill(0, at, at + original.length)
  file.write(accessor, at, 'latin1')
  return file
}

const accessors = [
  '0:-1',
  '0:-9999',
  '-1',
  '-99999999',
  '0:3:-1',
  '2147483648',
  '4294967296',
  '999999999',
  '0:9999999',
  '0:',
  ':0',
  '0::3',
  '0:3:',
  '0:x',
  '0 :3',
  '0: 3',
  '0:+3',
  '0x0:3',
  '',
]

kernelTest('a CO-RE accessor that is no list of numbers in range is refused', { needs: ['tp_btf'] }, (t) => {
  using right = open(withAccessor(original)).loadSync()
  t.is(right.globals.found, 0)
  for (const accessor of accessors) {
    const object = open(withAccessor(accessor))
    const error = t.throws(() => object.loadSync(), { instanceOf: BpfError }, accessor) as BpfError
    t.is(error.code, 'EINVAL', accessor)
    t.regex(error.log ?? '', /relo #0: parsing/, accessor)
  }
})

test('a jump table outside of its section is refused', (t) => {
  for (const name of ['at_wraps', 'at_negative']) {
    const object = open(fixture('jump_table'))
    object.program(name).autoload = true
    const error = t.throws(() => object.loadSync(), { instanceOf: BpfError, code: 'EINVAL' }) as BpfError
    t.regex(error.log ?? '', /jump table of -?\d+ bytes at \d+ is outside of the section's 16 bytes/)
  }
})

test('pinned maps are taken again, whatever the kernel has made of their sizes and flags', (t) => {
  const folder = mkdtempSync('/sys/fs/bpf/ebpf-pins-')
  try {
    const ids = () => {
      using bpf = open(fixture('pins'), { pinRoot: folder }).loadSync()
      return Object.fromEntries(bpf.mapNames.map((name) => [name, bpf.map(name).id]))
    }
    const first = ids()
    t.is(Object.keys(first).length, 6)
    t.deepEqual(ids(), first)
    for (const name of ['devices', 'recent', 'readable', 'plain']) {
      const object = open(fixture('pins'), { pinRoot: folder })
      const map = object.map(name)
      map.maxEntries *= 2
      const error = t.throws(() => object.loadSync(), { instanceOf: BpfError, code: 'EINVAL' }, name) as BpfError
      t.true(error.log?.includes(`'${join(folder, name)}': parameter mismatch`), error.log)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
