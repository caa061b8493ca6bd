import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import type { Program } from 'ebpf'
import type { FeatureName } from '../helpers/features.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadSleepable } from '../helpers/tracing.js'

/** The address of the header of this process's executable, an ELF file. */
const address = BigInt(`0x${/^\w+/.exec(readFileSync('/proc/self/maps', 'latin1'))?.[0]}`)
const elf = new Uint32Array(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46]).buffer)[0]
const readFile = () => readFileSync('/proc/self/comm')

const load = (name: string) => loadSleepable(name, { target_tgid: process.pid, address })

interface Example {
  readonly needs: readonly FeatureName[]
  readonly program: string
  /** By the program's section, and by its own method. */
  readonly attach: readonly ((program: Program) => Disposable)[]
  readonly act: () => void
}

const examples: Readonly<Record<string, Example>> = {
  'fentry.s': {
    needs: ['fentry', 'sleepable_fentry'],
    program: 'on_entry',
    attach: [(program) => program.attach(), (program) => program.attachTrace()],
    act: getPriority,
  },
  'fexit.s': {
    needs: ['fentry', 'sleepable_fentry'],
    program: 'on_exit',
    attach: [(program) => program.attach(), (program) => program.attachTrace()],
    act: getPriority,
  },
  'lsm.s': {
    needs: ['lsm'],
    program: 'on_file_open',
    attach: [(program) => program.attach(), (program) => program.attachLsm()],
    act: readFile,
  },
  'uprobe.s': {
    needs: ['uprobe', 'sleepable_uprobe'],
    program: 'on_uprobe',
    attach: [
      (program) => program.attach(),
      (program) => program.attachUprobe('libc.so.6', { symbol: 'getpriority', pid: process.pid }),
    ],
    act: getPriority,
  },
  'uretprobe.s': {
    needs: ['uprobe', 'sleepable_uprobe'],
    program: 'on_uretprobe',
    attach: [
      (program) => program.attach(),
      (program) => program.attachUretprobe('libc.so.6', { symbol: 'getpriority', pid: process.pid }),
    ],
    act: getPriority,
  },
  'uprobe.multi.s': {
    needs: ['uprobe_multi'],
    program: 'on_uprobes',
    attach: [
      (program) => program.attach(),
      (program) => program.attachUprobeMulti('libc.so.6', { symbols: ['getpriority'], pid: process.pid }),
    ],
    act: getPriority,
  },
}

for (const [section, { needs, program, attach, act }] of Object.entries(examples)) {
  kernelTest(`a program of ${section} reads memory that may be paged in`, { needs }, (t) => {
    for (const how of attach) {
      using bpf = load(program)
      {
        using _link = how(bpf.program(program))
        act()
      }
      t.true((bpf.globals.runs as bigint) > 0n)
      t.is(bpf.globals.word, elf)
      const { runs } = bpf.globals
      act()
      t.is(bpf.globals.runs, runs)
    }
  })
}

kernelTest(
  'a program of iter.s reads memory of the process that reads it',
  { needs: ['sleepable_iter', 'iter_task'] },
  async (t) => {
    using bpf = load('on_task')
    using link = bpf.program('on_task').attachIterator({ pid: process.pid })
    t.is(await link.text(), '')
    t.true((bpf.globals.runs as bigint) > 0n)
    t.is(bpf.globals.word, elf)
  },
)

kernelTest('a program of SEC("syscall") runs on request, and answers in its context', { needs: ['syscall'] }, (t) => {
  using bpf = load('on_run')
  const request = (from: bigint) => {
    const context = new Uint8Array(16)
    new DataView(context.buffer).setBigUint64(0, from, true)
    const result = bpf.program('on_run').run({ context })
    t.is(result.returnValue, 7)
    const answer = new DataView(result.context.buffer, result.context.byteOffset)
    return { word: answer.getUint32(8, true), error: answer.getInt32(12, true) }
  }
  t.deepEqual(request(address), { word: elf, error: 0 })
  t.deepEqual(request(0n), { word: 0, error: -14 })
  t.throws(() => bpf.program('on_run').run({ data: new Uint8Array(64) }), { code: 'EINVAL', message: /on_run/ })
  t.throws(() => bpf.program('on_run').attach(), { message: /on_run/ })
})
