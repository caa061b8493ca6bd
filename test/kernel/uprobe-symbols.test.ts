import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { open, type Program } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { toolEnv } from '../helpers/sanitizers.js'

/**
 * A function's name need not be the name of some code: it may have versions, be imported, or refer to one of several
 * implementations.
 */
const folder = mkdtempSync(join(tmpdir(), 'ebpf-uprobe-symbols-'))
test.after.always(() => rmSync(folder, { recursive: true }))
const library = join(folder, 'libsymbols.so')
const program = join(folder, 'program')

test.before(() => {
  const source = 'test/fixtures/symbols.c'
  const script = join(folder, 'versions')
  writeFileSync(
    script,
    'OLDER { global: twice; local: *; };\nOLD { global: versioned; twice; replaced; } OLDER;\nNEW { global: versioned; indirect; replaced; } OLD;\n',
  )
  const gcc = (...args: string[]) => execFileSync('gcc', ['-O1', ...args], { stdio: 'pipe', env: toolEnv() })
  gcc('-DLIBRARY', '-shared', '-fPIC', `-Wl,--version-script=${script}`, source, '-o', library)
  gcc('-DOTHER', '-c', source, '-o', join(folder, 'other.o'))
  gcc(source, join(folder, 'other.o'), library, `-Wl,-rpath,${folder}`, '-o', program)
})

function withProgram<T>(name: string, use: (program: Program, hits: () => unknown) => T): T {
  const object = open(fixture('tracing'))
  object.program(name).autoload = true
  object.globals.target_tgid = 0
  using bpf = object.loadSync()
  return use(bpf.program(name), () => bpf.globals.hits)
}

function hitsOf(path: string, symbol: string): unknown {
  return withProgram('uprobe', (probe, hits) => {
    using _ = probe.attachUprobe(path, { symbol })
    execFileSync(program)
    return hits()
  })
}

kernelTest('a name without a version is the version that programs are linked with', { needs: ['uprobe'] }, (t) => {
  // The program calls it, and the indirect functions resolve to the same code.
  t.is(hitsOf(library, 'versioned'), 3n)
  t.is(hitsOf(library, 'versioned@NEW'), 3n)
  t.is(hitsOf(library, 'versioned@@NEW'), 3n)
  t.is(hitsOf(library, 'versioned@OLD'), 0n)
  t.is(hitsOf(library, 'replaced@OLD'), 0n)
})

/** What is reported about a function without a location, for uprobe and for uprobe.multi. */
const refusals = [
  [
    library,
    'twice',
    'LIBBPF_ERRNO__FORMAT',
    /several functions of .*libsymbols\.so are called 'twice'.*'twice@VERSION'/,
  ],
  [
    program,
    'local',
    'LIBBPF_ERRNO__FORMAT',
    /several functions of .*program are called 'local': attach to each by its offset/,
  ],
  [library, 'indirect', 'ESRCH', /'indirect' of .*libsymbols\.so is an indirect function \(STT_GNU_IFUNC\)/],
  // An older version has code, but no program that is linked today calls it.
  [library, 'replaced', 'ESRCH', /'replaced' of .*libsymbols\.so is an indirect function/],
  [library, 'replaced@NEW', 'ESRCH', /is an indirect function/],
  [program, 'versioned', 'ENOENT', /program calls 'versioned' but does not define it: attach to the shared library/],
  [library, 'versoined_new', 'ENOENT', /libsymbols\.so has no function 'versoined_new'; did you mean 'versioned_new'/],
] as const

kernelTest('a name that no code has is refused, and the error says what it is', { needs: ['uprobe'] }, (t) => {
  withProgram('uprobe', (probe) => {
    for (const [path, symbol, code, message] of refusals)
      t.throws(() => probe.attachUprobe(path, { symbol }), { code, message }, symbol)
  })
})

kernelTest('so is one of many', { needs: ['uprobe_multi'] }, (t) => {
  withProgram('uprobe_multi', (probe) => {
    for (const [path, symbol, code, message] of refusals)
      t.throws(() => probe.attachUprobeMulti(path, { symbols: [symbol] }), { code, message }, symbol)
  })
})

kernelTest(
  'an offset at which no program has code is refused, and an address is told apart',
  { needs: ['uprobe'] },
  (t) => {
    const fixed = join(folder, 'fixed')
    execFileSync('gcc', ['-O1', '-no-pie', 'test/fixtures/traced.c', '-o', fixed], { stdio: 'pipe', env: toolEnv() })
    const address = Number(`0x${/^(\w+) T main$/m.exec(execFileSync('nm', [fixed], { encoding: 'utf8' }))?.[1]}`)
    withProgram('uprobe', (probe, hits) => {
      const attach = (offset: number) => probe.attachUprobe(fixed, { offset })
      let offset = 0
      t.throws(() => attach(address), {
        code: 'ESRCH',
        message: (said) => {
          offset = Number(/the address 0x\w+, its file offset is (0x\w+)$/.exec(said)?.[1])
          return /the file offset 0x\w+ is not in an executable segment of .*fixed/.test(said)
        },
      })
      {
        using _ = attach(offset)
        execFileSync(fixed)
        t.is(hits(), 1n)
      }
      t.throws(() => attach(64), {
        code: 'ESRCH',
        message: /the file offset 0x40 is not in an executable segment of .*fixed$/,
      })
      t.throws(() => attach(2 ** 40), { code: 'ESRCH' })
      // A file that is not a program may be mapped by whoever knows what it is.
      const data = join(folder, 'data')
      writeFileSync(data, Buffer.alloc(8192))
      probe.attachUprobe(data, { offset: 64 }).close()
    })
  },
)

kernelTest('so is one of many offsets', { needs: ['uprobe_multi'] }, (t) => {
  withProgram('uprobe_multi', (probe) =>
    t.throws(() => probe.attachUprobeMulti(library, { offsets: [64] }), {
      code: 'ESRCH',
      message: /the file offset 0x40/,
    }),
  )
})

kernelTest('a process that is not there is named', { needs: ['uprobe'] }, (t) => {
  const pid = 2 ** 22 - 1
  withProgram('uprobe', (probe) =>
    t.throws(() => probe.attachUprobe(library, { symbol: 'versioned', pid }), {
      code: 'ESRCH',
      message: /there is no process 4194303$/,
    }),
  )
})
