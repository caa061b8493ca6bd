import { execFileSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { BpfError, open, type Program } from 'ebpf'
import { findSection } from '../helpers/elf-section.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { linkTraced, runTraced, untraced } from '../helpers/traced-program.js'

/**
 * Files to put uprobes in belong to whoever runs them. They may contain anything; only the kernel decides what it runs.
 */
const folder = mkdtempSync(join(tmpdir(), 'ebpf-uprobe-files-'))
test.after.always(() => rmSync(folder, { recursive: true }))
const original = join(folder, 'original')
const path = join(folder, 'program')

/** Writes the original with a change. */
function write(change: (file: Buffer) => void): void {
  const file = readFileSync(original)
  change(file)
  writeFileSync(path, file, { mode: 0o755 })
}

function withProgram<T>(name: string, use: (program: Program, hits: () => unknown) => T): T {
  const object = open(fixture('tracing'))
  object.program(name).autoload = true
  object.globals.target_tgid = 0
  using bpf = object.loadSync()
  return use(bpf.program(name), () => bpf.globals.hits)
}

test.before(() => linkTraced(original, 'bfd', ['-no-pie', '-fno-pie']))

kernelTest('a function is where program headers say, whatever section headers do', { needs: ['uprobe'] }, (t) => {
  write((file) => {
    const { header, start } = findSection(file, '.text')
    file.writeBigUInt64LE(BigInt(start + 0x1000), header + 24)
  })
  withProgram('uprobe', (program, hits) => {
    using _ = program.attachUprobe(path, { symbol: 'work' })
    t.deepEqual(runTraced(path), untraced)
    t.is(hits(), 5n)
  })
})

kernelTest('so is one of many, by name and by pattern', { needs: ['uprobe_multi'] }, (t) => {
  write((file) => {
    const { header, start } = findSection(file, '.text')
    file.writeBigUInt64LE(BigInt(start + 0x1000), header + 24)
  })
  withProgram('uprobe_multi', (program, hits) => {
    for (const [index, which] of [{ symbols: ['work'] }, { pattern: 'wor?' }].entries()) {
      using _ = program.attachUprobeMulti(path, which)
      t.deepEqual(runTraced(path), untraced)
      t.is(hits(), 5n * BigInt(index + 1))
    }
  })
})

kernelTest(
  'a function in no executable segment is refused, and one of a library is not there',
  { needs: ['uprobe'] },
  (t) => {
    write((file) => {
      const symbols = findSection(file, '.symtab')
      const names = findSection(file, '.strtab')
      for (let at = symbols.start; at < symbols.start + symbols.size; at += 24) {
        const name = names.start + file.readUInt32LE(at)
        if (file.toString('latin1', name, name + 5) === 'work\0') file.writeBigUInt64LE(0xdead_0000n, at + 8)
      }
    })
    withProgram('uprobe', (program) => {
      t.throws(() => program.attachUprobe(path, { symbol: 'work' }), {
        message: /'work' .* 0xdead0000, which no executable/,
      })
      t.throws(() => program.attachUprobe(path, { symbol: 'printf' }), { code: 'ENOENT' })
    })
  },
)

kernelTest('symbols of size 0, without end or without number are refused', { needs: ['uprobe'] }, (t) => {
  const setEntrySize = (file: Buffer, size: bigint) => {
    for (const name of ['.symtab', '.dynsym']) file.writeBigUInt64LE(size, findSection(file, name).header + 56)
  }
  const attempts: [what: string, change: (file: Buffer) => void][] = [
    ['size 0', (file) => setEntrySize(file, 0n)],
    ['size 1', (file) => setEntrySize(file, 1n)],
    ['larger than the file', (file) => file.writeBigUInt64LE(2n ** 40n, findSection(file, '.strtab').header + 32)],
    ['any number of sections', (file) => file.writeUInt16LE(0, 60)],
  ]
  withProgram('uprobe', (program) => {
    for (const [what, change] of attempts) {
      write(change)
      t.throws(() => program.attachUprobe(path, { symbol: 'work' }), { instanceOf: BpfError }, what)
    }
  })
})

kernelTest('a sparse file does not keep the process from its work', { needs: ['uprobe'] }, (t) => {
  const size = 2n ** 38n
  write((file) => {
    for (const name of ['.symtab', '.dynsym']) {
      const { header } = findSection(file, name)
      file.writeBigUInt64LE(BigInt(file.length), header + 24)
      file.writeBigUInt64LE(size, header + 32)
    }
  })
  const fd = openSync(path, 'r+')
  ftruncateSync(fd, Number(size) + readFileSync(original).length)
  closeSync(fd)
  withProgram('uprobe', (program) => {
    t.throws(() => program.attachUprobe(path, { symbol: 'work' }), { message: /larger than a program's/ })
  })
})

kernelTest('what is no regular file is refused at once', { needs: ['uprobe'] }, (t) => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const directory = join(folder, 'directory')
  mkdirSync(directory)
  withProgram('uprobe', (program) => {
    for (const file of [pipe, directory, '/dev/zero']) {
      t.throws(
        () => program.attachUprobe(file, { symbol: 'work' }),
        { code: 'EINVAL', message: new RegExp(file) },
        file,
      )
    }
  })
})

kernelTest('an offset before a function is refused, in a section of an object too', { needs: ['uprobe'] }, (t) => {
  const file = readFileSync(fixture('tracing'))
  const [section, changed] = ['uprobe/libc.so.6:getpriority', 'uprobe/libc.so.6:getprior+-8']
  for (let at = file.indexOf(section); at >= 0; at = file.indexOf(section, at)) file.write(changed, at, 'latin1')
  const object = open(new Uint8Array(file))
  object.program('uprobe_section').autoload = true
  using bpf = object.loadSync()
  const error = t.throws(() => bpf.program('uprobe_section').attach(), {
    instanceOf: BpfError,
    code: 'EINVAL',
  }) as BpfError
  t.regex(error.log ?? '', /offset must be a non-negative integer: -8/)
})
