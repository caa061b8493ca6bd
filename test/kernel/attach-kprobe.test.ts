import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { NotSupportedError, PermissionError, type Program } from 'ebpf'
import { kallsyms } from 'ebpf/symbols'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { calls, countCalls, load } from '../helpers/tracing.js'

const all = BigInt(calls)
const read = () => {
  readFileSync('/proc/self/comm')
}

kernelTest('a kprobe and a kretprobe have a cookie', { needs: ['kprobe', 'bpf_cookie'] }, (t) => {
  for (const how of ['attachKprobe', 'attachKretprobe'] as const) {
    const { hits, cookies } = countCalls('kprobe_cookie', (program) => program[how]('vfs_read', { cookie: 3n }), read)
    t.true(hits >= all)
    t.is(cookies, hits * 3n)
  }
})

kernelTest('a system call is probed by its name and by section', { needs: ['kprobe'] }, (t) => {
  const run = (name: string, attach: (program: Program) => Disposable) => countCalls(name, attach, getPriority).hits
  t.is(
    run('kprobe', (program) => program.attachKsyscall('getpriority')),
    all,
  )
  t.is(
    run('kprobe', (program) => program.attachKretsyscall('getpriority')),
    all,
  )
  t.is(
    run('ksyscall_section', (program) => program.attach()),
    all,
  )
  t.is(
    run('kretsyscall_section', (program) => program.attach()),
    all,
  )
  t.throws(() => run('kprobe', (program) => program.attachKsyscall('no_such_call')), {
    message: /ksyscall no_such_call/,
  })
})

kernelTest('one link probes many kernel functions', { needs: ['kprobe_multi'] }, (t) => {
  const run = (name: string, attach: (program: Program) => Disposable) => countCalls(name, attach, read)
  t.true(run('kprobe_multi', (program) => program.attachKprobeMulti({ pattern: 'vfs_rea?' })).hits >= all)
  t.true(run('kprobe_multi', (program) => program.attachKretprobeMulti({ symbols: ['vfs_read'] })).hits >= all)
  t.true(run('kprobe_multi_section', (program) => program.attach()).hits >= all)
  t.true(run('kretprobe_multi_section', (program) => program.attach()).hits >= all)

  // One cookie per symbol, in whatever order the kernel sorts them.
  const places = { symbols: ['vfs_write', 'vfs_read'], cookies: [1000n, 1n] }
  const { hits, cookies } = run('kprobe_multi', (program) => program.attachKprobeMulti(places))
  t.true(hits >= all)
  t.true(cookies >= all && cookies % 1000n >= 1n)
})

kernelTest(
  'a pattern that must match one function is refused where it matches more, or none',
  { needs: ['kprobe_multi'] },
  (t) => {
    const run = (pattern: string) =>
      countCalls('kprobe_multi', (program) => program.attachKprobeMulti({ pattern, uniqueMatch: true }), read).hits
    t.true(run('vfs_read') >= all)
    t.true(run('vfs_rea?') >= all)
    t.throws(() => run('vfs_re*'), { code: 'EINVAL', message: /unique match for 'vfs_re\*' \(\d+ matches\)/ })
    t.throws(() => run('vfs_no_such_function*'), { code: 'ENOENT', message: /vfs_no_such_function/ })
    const symbols = { symbols: ['vfs_read'], uniqueMatch: true } as never
    t.throws(() => countCalls('kprobe_multi', (program) => program.attachKprobeMulti(symbols), read), {
      instanceOf: TypeError,
      message: /uniqueMatch.*pattern/,
    })
  },
)

kernelTest('kernel functions are probed by their addresses', { needs: ['kprobe_multi'] }, (t) => {
  const [, address] = /^([0-9a-f]+) T vfs_read$/m.exec(readFileSync('/proc/kallsyms', 'utf8')) ?? []
  const addresses = [BigInt(`0x${address}`)]
  t.true(countCalls('kprobe_multi', (program) => program.attachKprobeMulti({ addresses }), read).hits >= all)
})

kernelTest('a session runs at the start and at the return', { needs: ['kprobe_session'] }, (t) => {
  const run = (name: string, attach: (program: Program) => Disposable) => countCalls(name, attach, read).hits
  t.true(run('kprobe_session', (program) => program.attachKprobeSession({ symbols: ['vfs_read'] })) >= all * 2n)
  t.true(run('kprobe_session_section', (program) => program.attach()) >= all * 2n)
})

kernelTest('what a kernel without it says of kprobe.multi names the feature and its kernel', {}, (t) => {
  using bpf = load('tracing', 'kprobe')
  const program = bpf.program('kprobe')
  const error = t.throws(() => program.attachKprobeMulti({ symbols: ['no_such_function'] }))
  const minimum = process.arch === 'arm64' ? '6.14' : '5.18'
  if (isOlderThan(minimum)) {
    t.true(error instanceof NotSupportedError)
    t.is((error as NotSupportedError).minimumKernel, minimum)
  }
  if (error instanceof NotSupportedError) t.is(error.feature, 'kprobe_multi')
  else t.false(error instanceof PermissionError)
  t.throws(() => program.attachKprobeMulti({ symbols: ['vfs_read'], cookies: [], addresses: 1 } as never), {
    instanceOf: TypeError,
    message: /addresses must be an array, not 1/,
  })
})

// Static functions of seq_file users; every kernel has several with this name.
const shared = 's_next'
const among = () => kallsyms().find(shared).length

kernelTest(
  'a kprobe on a name that several functions have says so, however it is attached',
  { needs: ['kprobe'] },
  (t) => {
    const count = among()
    t.true(count > 1)
    const several = {
      code: 'EADDRNOTAVAIL',
      message: new RegExp(`the kernel has ${count} functions named '${shared}'`),
    }
    using bpf = load('tracing', 'kprobe', 'kprobe_shared')
    const program = bpf.program('kprobe')
    t.throws(() => program.attachKprobe(shared), several)
    t.throws(() => program.attachKprobe(shared, { offset: 0 }), several)
    t.throws(() => program.attachKretprobe(shared), several)
    t.throws(() => bpf.program('kprobe_shared').attach(), several)
    t.notThrows(() => program.attachKprobe('vfs_read').close())
  },
)

kernelTest(
  'functions of one name are probed by address or all at once, never one of them in silence',
  { needs: ['kprobe_multi'] },
  (t) => {
    using bpf = load('tracing', 'kprobe_multi')
    const program = bpf.program('kprobe_multi')
    const attached = (address: bigint) => {
      try {
        program.attachKprobeMulti({ addresses: [address] }).close()
        return true
      } catch (error) {
        t.regex(String(error), /0x[0-9a-f]+ cannot be traced|a function that cannot be traced/)
        return false
      }
    }
    const addresses = kallsyms()
      .find(shared)
      .map(({ address }) => address)
      .filter(attached)
    t.true(addresses.length > 1)
    t.notThrows(() => program.attachKprobeMulti({ addresses }).close())
    t.notThrows(() => program.attachKprobeMulti({ pattern: shared }).close())
    t.throws(() => program.attachKprobeMulti({ symbols: ['vfs_read', shared] }), {
      code: 'EADDRNOTAVAIL',
      message: new RegExp(`the kernel has several functions named '${shared}'`),
    })
    t.throws(() => program.attachKprobeMulti({ addresses: [(addresses[0] ?? 0n) + 1n] }), {
      message: /no kernel function begins at 0x/,
    })
  },
)

kernelTest('a misspelt kernel function is reported with the nearest, each of several', { needs: ['kprobe'] }, (t) => {
  using bpf = load('tracing', 'kprobe')
  const program = bpf.program('kprobe')
  const misspelt = { code: 'ENOENT', message: /the kernel has no function 'vfs_raed'; did you mean .*'vfs_read'/ }
  t.throws(() => program.attachKprobe('vfs_raed'), misspelt)
  t.throws(() => program.attachKretprobe('vfs_raed'), misspelt)
  t.throws(() => program.attachKprobe('no_such_module:vfs_read'), {
    message: /the module 'no_such_module' is not loaded/,
  })
  t.throws(() => program.attachKprobe('vfs_read+0x0'), {
    code: 'ENOENT',
    message: /pass the offset as an option, { offset }/,
  })
  t.throws(() => program.attachKprobe('vfs_rea?'), { message: /attachKprobeMulti\({ pattern }\) \(Linux [56]\.\d+/ })
  t.throws(() => program.attachKprobe(''), { message: /no function ''$/ })
})

kernelTest(
  'a kprobe is put into no other function than the one it names, and at no half of an instruction',
  { needs: ['kprobe'] },
  (t) => {
    using bpf = load('tracing', 'kprobe')
    const program = bpf.program('kprobe')
    // Only on x86: the instructions of other architectures have other lengths, and may begin with others.
    if (process.arch === 'x64') {
      t.throws(() => program.attachKprobe('vfs_read', { offset: 1 }), {
        code: 'EILSEQ',
        message: /no instruction begins at byte 1 of 'vfs_read'/,
      })
    }
    t.throws(() => program.attachKprobe('vfs_read', { offset: 1 << 20 }), {
      code: 'EINVAL',
      message: /^attach kprobe to kprobe vfs_read: EINVAL: byte 1048576 is past the end of 'vfs_read', in '/,
    })
  },
)

kernelTest(
  'of several functions each that is missing is named, and a pattern without a match',
  { needs: ['kprobe_multi'] },
  (t) => {
    using bpf = load('tracing', 'kprobe_multi')
    const program = bpf.program('kprobe_multi')
    const error = t.throws(() => program.attachKprobeMulti({ symbols: ['vfs_read', 'vfs_raed', 'no_such_function'] }))
    t.regex(String(error?.message), /no function 'vfs_raed'; did you mean .*'vfs_read'.*no function 'no_such_function'/)
    t.notRegex(String(error?.message), /no function 'vfs_read'/)
    t.throws(() => program.attachKprobeMulti({ pattern: 'no_such_*_function' }), { message: /no_such_\*_function/ })
  },
)
