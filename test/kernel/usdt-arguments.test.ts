import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { writeUsdtProgram } from '../helpers/usdt-program.js'

/*
 * The locations of a USDT probe's arguments are text in the traced program's file: compilers write more kinds than BPF
 * can read, and others may write anything.
 */
const folder = mkdtempSync(join(tmpdir(), 'ebpf-arguments-'))
test.after.always(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'program')

function attach() {
  const object = open(fixture('usdt'))
  object.program('on_usdt').autoload = true
  const bpf = object.loadSync()
  try {
    return { bpf, link: bpf.program('on_usdt').attachUsdt(path, 'ebpf', 'run') }
  } catch (error) {
    bpf.close()
    throw error
  }
}

/** What the program on the probe has read. */
function read(): unknown {
  const { bpf, link } = attach()
  try {
    spawnSync(path)
    return bpf.globals.argument
  } finally {
    link.close()
    bpf.close()
  }
}

// The program puts a number into RSI and leaves 0 in RDI. It is mapped at 0x400000, so the header of its file is there.
const header = 0x400000
const elf = 0x00_01_01_02_46_4c_45_7fn
const readable: [location: string, rsi: number, value: bigint][] = [
  ['8@(%rsi)', header, elf],
  ['8@(%rsi,%rdi,8)', header, elf],
  ['8@(%rdi,%rsi,1)', header, elf],
  ['8@(%rdi,%rsi)', header, elf],
  ['8@(%rdi,%rsi,2)', header / 2, elf],
  ['8@-16(%rdi,%rsi,4)', header / 4 + 4, elf],
  ['4@8(%rdi,%rsi,8)', header / 8 - 1, 0x46_4c_45_7fn],
  ['-1@4(%rsi,%rdi,8)', header, 2n],
  ['8@$-5', 0, 2n ** 64n - 5n],
  ['8@%rsi 8@%rdi', 4711, 4711n],
]

if (process.arch === 'x64') {
  for (const [location, rsi, value] of readable) {
    kernelTest(`a USDT argument at ${location} is read`, { needs: ['uprobe'] }, (t) => {
      writeUsdtProgram(path, rsi, { location })
      t.is(read(), value)
    })
  }
}

const unreadable = [
  '8@name(%rip)',
  '8@(,%rsi,8)',
  '8@(%rsi,%rdi,3)',
  '8@(%rsi,%rdi,8',
  '8@(%rsi',
  '8@8(%rsi',
  '8@%xmm0',
  '8@%fs:8',
  '8@$name',
  '4@%ah',
  '8@[x0, x1, lsl 3]',
  '8@[x0',
  '8@d0',
  '3@%rsi',
  '8',
  '@',
  '8@%rsi nonsense',
]

kernelTest('a USDT argument that BPF cannot read is refused, with what it is', { needs: ['uprobe'] }, (t) => {
  for (const location of unreadable) {
    writeUsdtProgram(path, 1, { location })
    const error = t.throws(attach, undefined, location) as Error & { code: string }
    t.true(['ENOTSUP', 'EINVAL'].includes(error.code), `${location}: ${error.code}`)
    t.true(error.message.includes(location.split(' ').at(-1) ?? ''), error.message)
  }
})

kernelTest('the arguments of a USDT probe end with their note', { needs: ['uprobe'] }, (t) => {
  // A multiple of four bytes, so that padding does not terminate it either.
  for (const unterminated of [false, true]) {
    writeUsdtProgram(path, 1, { location: '8@$1 8@$2 8@$33', unterminated })
    if (unterminated) t.throws(attach, { code: 'EINVAL' })
    else t.is(read(), 1n)
  }
})
