import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { getPriority, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { BpfError, open } from 'ebpf'
import { addonFile } from '../helpers/addon-file.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { calls, countCalls, load } from '../helpers/tracing.js'
import { writeUsdtProgram } from '../helpers/usdt-program.js'

const all = BigInt(calls)
const symbol = 'getpriority'
const own = { pid: process.pid }
const place = { ...own, symbol }

kernelTest(
  'a uprobe and a uretprobe run at a function of libc, by symbol and by section',
  { needs: ['uprobe'] },
  (t) => {
    const run = (name: string, attach: Parameters<typeof countCalls>[1]) => countCalls(name, attach, getPriority).hits
    t.is(
      run('uprobe', (program) => program.attachUprobe('libc.so.6', place)),
      all,
    )
    t.is(
      run('uprobe', (program) => program.attachUretprobe('libc.so.6', { symbol })),
      all,
    )
    t.is(
      run('uprobe_section', (program) => program.attach()),
      all,
    )
    t.is(
      run('uretprobe_section', (program) => program.attach()),
      all,
    )
  },
)

kernelTest('a uprobe of another process does not run in this one', { needs: ['uprobe'] }, (t) => {
  t.is(countCalls('uprobe', (program) => program.attachUprobe('libc.so.6', { symbol, pid: 1 }), getPriority).hits, 0n)
})

kernelTest('a uprobe has a cookie', { needs: ['uprobe', 'bpf_cookie'] }, (t) => {
  const attach: Parameters<typeof countCalls>[1] = (program) =>
    program.attachUprobe('libc.so.6', { ...place, cookie: 2n ** 40n })
  t.deepEqual(countCalls('uprobe_cookie', attach, getPriority), { hits: all, cookies: all * 2n ** 40n })
})

kernelTest('a uprobe that has no place is refused with what it was given', { needs: ['uprobe'] }, (t) => {
  using bpf = load('tracing', 'uprobe')
  const program = bpf.program('uprobe')
  t.throws(() => program.attachUprobe('libc.so.6', {}), { instanceOf: TypeError, message: /symbol/ })
  t.throws(() => program.attachUprobe('libc.so.6', { symbol: 'no_such_function' }), {
    code: 'ENOENT',
    message: /no_such_function/,
  })
  t.throws(() => program.attachUprobe('libnothing.so.1', { symbol }), {
    instanceOf: BpfError,
    code: 'ENOENT',
    message: /'libnothing\.so\.1' was not found in .*\/usr\/lib/,
  })
  t.throws(() => program.attachUprobe('', { symbol }), { code: 'ENOENT', message: /'' was not found in/ })
  t.throws(() => program.attachUprobe('/proc/self/comm', { symbol }), { message: /\/proc\/self\/comm/ })
  t.throws(() => program.attachUprobe('libc.so.6', { symbol, pid: 1.5 }), {
    instanceOf: RangeError,
    message: /pid.*1\.5/,
  })
  t.throws(() => program.attachUprobe('libc.so.6', { symbol, cookie: 1 as unknown as bigint }), {
    instanceOf: TypeError,
    message: /cookie/,
  })
})

kernelTest(
  'one link probes many functions, by pattern, by symbols and by section',
  { needs: ['uprobe_multi'] },
  (t) => {
    const setAndGet = () => setPriority(getPriority())
    const run = (name: string, attach: Parameters<typeof countCalls>[1]) => countCalls(name, attach, setAndGet)
    const { pid } = process
    t.is(
      run('uprobe_multi', (program) => program.attachUprobeMulti('libc.so.6', { pattern: '?etpriority', pid })).hits,
      all * 2n,
    )
    t.is(
      run('uprobe_multi', (program) => program.attachUretprobeMulti('libc.so.6', { pattern: 'getpriorit*' })).hits,
      all,
    )
    const symbols = ['setpriority', 'getpriority']
    t.deepEqual(
      run('uprobe_multi', (program) => program.attachUprobeMulti('libc.so.6', { symbols, cookies: [100n, 1n], pid })),
      { hits: all * 2n, cookies: all * 101n },
    )
    t.is(run('uprobe_multi_section', (program) => program.attach()).hits, all)
    t.is(run('uretprobe_multi_section', (program) => program.attach()).hits, all)
  },
)

kernelTest('a session of user space runs at the start and at the return', { needs: ['uprobe_session'] }, (t) => {
  const symbols = ['getpriority']
  const { pid } = process
  const run = (name: string, attach: Parameters<typeof countCalls>[1]) => countCalls(name, attach, getPriority).hits
  t.is(
    run('uprobe_session', (program) => program.attachUprobeSession('libc.so.6', { symbols, pid })),
    all * 2n,
  )
  t.is(
    run('uprobe_session_section', (program) => program.attach()),
    all * 2n,
  )
})

kernelTest('lists of unequal length and unknown symbols are refused', { needs: ['uprobe_multi'] }, (t) => {
  using bpf = load('tracing', 'uprobe_multi')
  const program = bpf.program('uprobe_multi')
  t.throws(() => program.attachUprobeMulti('libc.so.6', { symbols: [symbol], cookies: [1n, 2n] }), {
    instanceOf: RangeError,
    message: /cookies must have 1 elements.* not 2/,
  })
  t.throws(() => program.attachUprobeMulti('libc.so.6', { symbols: [symbol, 'no_such_function'] }), {
    code: 'ENOENT',
    message: /no_such_function/,
  })
  t.throws(() => program.attachUprobeMulti('libc.so.6', { symbols: [symbol, 7 as unknown as string] }), {
    instanceOf: TypeError,
    message: /symbols\[1\] must be a string, not 7/,
  })
  t.throws(() => program.attachUprobeMulti('libc.so.6', { symbols: [] }), { instanceOf: BpfError, code: 'EINVAL' })
})

// The addon contains libstdc++ and its probes, and throws when it reports an error.
const fail = () => {
  try {
    open('/no/such/object')
  } catch {}
}

kernelTest('a USDT probe runs with its arguments and its cookie', { needs: ['usdt'] }, (t) => {
  using bpf = load('usdt', 'on_usdt')
  const link = bpf.program('on_usdt').attachUsdt(addonFile(), 'libstdcxx', 'throw', { ...own, cookie: 9n })
  t.is(link.kind, 'usdt')
  t.is(link.fd, -1)
  for (let i = 0; i < calls; i++) fail()
  link.close()
  t.is(bpf.globals.hits, all)
  t.is(bpf.globals.cookie, 9n)
  t.is(bpf.globals.arguments, 2n)
  t.not(bpf.globals.argument, 0n)
  fail()
  t.is(bpf.globals.hits, all)
})

kernelTest('a USDT probe runs in every process of a program, with what a register has', { needs: ['uprobe'] }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ebpf-usdt-'))
  try {
    const path = join(folder, 'program')
    writeUsdtProgram(path, 4711)
    const object = open(fixture('usdt'))
    object.program('on_usdt').autoload = true
    using bpf = object.loadSync()
    using link = bpf.program('on_usdt').attachUsdt(path, 'ebpf', 'run', { cookie: 9n })
    const run = () => t.is(spawnSync(path).status, 0)
    for (let i = 0; i < 3; i++) run()
    link.close()
    run()
    t.like(bpf.globals, { hits: 3n, cookie: 9n, arguments: 1n, argument: 4711n })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

kernelTest('a USDT link outlives its object, and its places are used again', { needs: ['usdt'] }, (t) => {
  const bpf = load('usdt', 'on_usdt')
  const program = bpf.program('on_usdt')
  const attach = (name: string) => program.attachUsdt(addonFile(), 'libstdcxx', name, own)
  for (let i = 0; i < 3; i++) attach('throw').close()
  const links = [attach('throw'), attach('catch')]
  bpf.close()
  fail()
  for (const link of links) link.close()
  t.throws(() => links[0]?.fd, { code: 'EBADF' })
})

kernelTest('a USDT probe is attached by section, also past its object', { needs: ['uprobe', 'bpf_cookie'] }, (t) => {
  const bpf = load('usdt', 'usdt_section')
  const link = bpf.program('usdt_section').attach()
  t.is(link.kind, 'usdt')
  bpf.close()
  link.close()
  t.true(link.closed)
})

kernelTest('a USDT probe that is not there is refused with its name', { needs: ['uprobe'] }, (t) => {
  using bpf = load('usdt', 'on_usdt')
  const attach = (name: string) => () => bpf.program('on_usdt').attachUsdt(addonFile(), 'libstdcxx', name)
  t.throws(attach('no_such_probe'), { code: 'ENOENT', message: /no_such_probe/ })
})
