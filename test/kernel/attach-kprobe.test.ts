import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { NotSupportedError, PermissionError, type Program } from 'ebpf'
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

  // A cookie for each, whatever order the kernel sorts them into.
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
