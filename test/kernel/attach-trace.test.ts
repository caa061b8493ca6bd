import { readFileSync } from 'node:fs'
import test from 'ava'
import { NotSupportedError, open, type Program } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { calls, countCalls, load } from '../helpers/tracing.js'
import { loadReplacement } from '../helpers/tracing-attempts.js'

const all = BigInt(calls)
const run = (name: string, attach: (program: Program) => Disposable) =>
  countCalls(name, attach, () => {
    readFileSync('/proc/self/comm')
  })

kernelTest('fentry, fexit and fmod_ret run at a kernel function', { needs: ['fentry'] }, (t) => {
  for (const name of ['fentry', 'fexit', 'fmod_ret']) {
    t.true(run(name, (program) => program.attachTrace()).hits >= all, name)
    t.true(run(name, (program) => program.attach()).hits >= all, name)
  }
})

kernelTest('fsession runs at the beginning and at the end of a kernel function', { needs: ['trace_session'] }, (t) => {
  const atBeginnings = run('fentry', (program) => program.attachTrace()).hits
  for (const how of ['attachTrace', 'attach'] as const) {
    const { hits } = run('fsession', (program) => program[how]())
    // Other threads of the process read now and then.
    t.true(2n * hits > 3n * atBeginnings, `${hits} of twice ${atBeginnings}`)
  }
})

test('a kernel without fsession says so when the program is loaded', (t) => {
  if (!isOlderThan('7.0')) {
    t.pass('this kernel has it')
    return
  }
  t.throws(() => load('tracing', 'fsession'), {
    instanceOf: NotSupportedError,
    message: /no trace_session, which needs Linux 7\.0.*fentry and an fexit/,
  })
})

kernelTest('an fentry program gets its target before load', { needs: ['fentry'] }, (t) => {
  const object = open(fixture('tracing'))
  const program = object.program('fentry_without_target')
  t.throws(() => program.setAttachTarget('no_such_function'), { message: /no_such_function/ })
  program.autoload = true
  program.setAttachTarget('vfs_read')
  object.globals.target_tgid = process.pid
  using bpf = object.loadSync()
  using link = bpf.program('fentry_without_target').attachTrace()
  t.is(link.kind, 'fentry')
  readFileSync('/proc/self/comm')
  t.true((bpf.globals.hits as bigint) > 0n)
})

kernelTest('fentry has a cookie', { needs: ['trace_cookie'] }, (t) => {
  const { hits, cookies } = run('fentry_cookie', (program) => program.attachTrace({ cookie: 5n }))
  t.true(hits >= all)
  t.is(cookies, hits * 5n)
})

kernelTest('a BTF tracepoint is attached with attachTrace', { needs: ['tp_btf'] }, (t) => {
  t.true(run('tp_btf', (program) => program.attachTrace()).hits >= all)
})

kernelTest('raw and BTF tracepoints have a cookie', { needs: ['raw_tracepoint_cookie'] }, (t) => {
  const raw = run('raw_tracepoint_cookie', (program) => program.attachRawTracepoint('sys_enter', { cookie: 5n }))
  t.true(raw.hits >= all)
  t.is(raw.cookies, raw.hits * 5n)
  const btf = run('tp_btf_cookie', (program) => program.attachTrace({ cookie: 7n }))
  t.true(btf.hits >= all)
  t.is(btf.cookies, btf.hits * 7n)
})

kernelTest('a tracepoint has a cookie', { needs: ['bpf_cookie'] }, (t) => {
  const attach = (program: Program) => program.attachTracepoint('raw_syscalls', 'sys_enter', { cookie: 5n })
  const { hits, cookies } = run('tracepoint_cookie', attach)
  t.true(hits >= all)
  t.is(cookies, hits * 5n)
})

kernelTest('an LSM program runs at its hook', { needs: ['lsm'] }, (t) => {
  t.true(run('lsm', (program) => program.attachLsm()).hits >= all)
  t.true(run('lsm', (program) => program.attach()).hits >= all)
})

kernelTest('a function of a program is replaced, and comes back', { needs: ['freplace'] }, (t) => {
  using target = load('tracing', 'calls_replaceable')
  const program = target.program('calls_replaceable')
  const length = () => program.run({ data: new Uint8Array(64) }).returnValue
  t.is(length(), 64)
  {
    using bpf = loadReplacement(program)
    using link = bpf.program('replacement').attachFreplace()
    t.is(link.kind, 'freplace')
    t.is(length(), 1064)
  }
  t.is(length(), 64)

  // Another target of the same type, given when it is attached.
  using other = load('tracing', 'calls_replaceable')
  using bpf = loadReplacement(program)
  const options = { target: other.program('calls_replaceable'), function: 'replaceable' }
  using _link = bpf.program('replacement').attachFreplace(options)
  t.is(length(), 64)
  t.is(options.target.run({ data: new Uint8Array(64) }).returnValue, 1064)
})
