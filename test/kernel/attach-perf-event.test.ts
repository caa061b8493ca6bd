import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { cpus } from 'node:os'
import type { BpfObject, PerfEventOptions } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { load } from '../helpers/tracing.js'

const { pid } = process

/** Keeps the CPU and the memory busy until the program has run. */
function runs(bpf: BpfObject): boolean {
  for (const end = Date.now() + 60_000; bpf.globals.hits === 0n && Date.now() < end; ) Buffer.alloc(1 << 20, 1)
  return (bpf.globals.hits as bigint) > 0n
}

const events: Readonly<Record<string, PerfEventOptions>> = {
  'a clock of this thread': { event: 'cpu-clock', period: 100_000, pid },
  'a clock of this thread by frequency': { event: 'task-clock', frequency: 1000, pid },
  'page faults of this thread': { event: 'page-faults', period: 1, pid },
  // PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK
  'an event by its numbers': { type: 1, config: 0, period: 100_000, pid },
}

for (const [what, options] of Object.entries(events)) {
  kernelTest(`a program runs on ${what}`, {}, (t) => {
    using bpf = load('tracing', 'perf_event')
    {
      using link = bpf.program('perf_event').attachPerfEvent(options)
      t.is(link.kind, 'perf_event')
      t.true(runs(bpf))
    }
    bpf.globals.hits = 0n
    for (let i = 0; i < 20; i++) Buffer.alloc(1 << 20, 1)
    t.is(bpf.globals.hits, 0n)
  })
}

kernelTest('a frequency is the most that a program runs in a second', {}, (t) => {
  using bpf = load('tracing', 'perf_event')
  using _link = bpf.program('perf_event').attachPerfEvent({ event: 'cpu-clock', frequency: 1000, pid })
  const begin = process.hrtime.bigint()
  while ((bpf.globals.hits as bigint) < 30n) Buffer.alloc(1 << 16, 1)
  const [hits, nanoseconds] = [bpf.globals.hits as bigint, process.hrtime.bigint() - begin]
  t.true(nanoseconds > (hits * 1_000_000n) / 2n, `${hits} in ${nanoseconds} ns`)
})

/** Touches fresh memory: here in the process, there in the kernel, which copies to it. */
function touchMemory(): void {
  // malloc(3) requests this much from the kernel; a smaller block may be freed memory, with its pages.
  const memory = Buffer.allocUnsafeSlow(64 << 20)
  for (let at = 0; at < 1 << 20; at += 4096) memory[at] = 1
  const zero = openSync('/dev/zero', 'r')
  readSync(zero, memory, 32 << 20, 1 << 20, null)
  closeSync(zero)
}

kernelTest('what happens in a process or in the kernel is left out where it is to be', {}, (t) => {
  const hits = (options: { excludeUser?: boolean; excludeKernel?: boolean }) => {
    using bpf = load('tracing', 'perf_event')
    using _link = bpf.program('perf_event').attachPerfEvent({ event: 'page-faults', period: 1, pid, ...options })
    touchMemory()
    return bpf.globals.hits as bigint
  }
  t.true(hits({ excludeUser: true }) > 0n)
  t.true(hits({ excludeKernel: true }) > 0n)
  t.is(hits({ excludeUser: true, excludeKernel: true }), 0n)
})

kernelTest('a program runs on the clock of every CPU', {}, (t) => {
  using bpf = load('tracing', 'perf_event')
  const program = bpf.program('perf_event')
  const links = cpus().map((_, cpu) => program.attachPerfEvent({ event: 'cpu-clock', period: 100_000, cpu }))
  t.true(runs(bpf))
  for (const link of links) link.close()
})

kernelTest('a perf event has a cookie', { needs: ['bpf_cookie'] }, (t) => {
  using bpf = load('tracing', 'perf_event_cookie')
  const link = bpf.program('perf_event_cookie').attachPerfEvent({ event: 'page-faults', period: 1, pid, cookie: 11n })
  t.true(runs(bpf))
  link.close()
  t.is(bpf.globals.cookie, (bpf.globals.hits as bigint) * 11n)
})

// Node does not open perf events, so this event belongs to another link. The kernel's error, that it already has a
// program, shows that it was found.
kernelTest('an open event is reached by its descriptor, which stays open', {}, (t) => {
  using first = load('tracing', 'tracepoint')
  using second = load('tracing', 'tracepoint')
  using _link = first.program('tracepoint').attachTracepoint('raw_syscalls', 'sys_enter')
  const before = perfEvents()
  t.is(before.length, 1)
  for (const fd of before) {
    t.throws(() => second.program('tracepoint').attachPerfEvent({ fd }), { code: 'EEXIST', message: /perf event/ })
  }
  t.deepEqual(perfEvents(), before)
  readFileSync('/proc/self/comm')
  t.true((first.globals.hits as bigint) > 0n)
})

// Here the event belonged to a link that has ended, and is still open in another process. Before Linux 5.15 it would
// keep its program.
kernelTest('a program joins an open event by its descriptor', { needs: ['bpf_cookie'] }, async (t) => {
  const code = `
    import { open } from 'ebpf'
    import { readFileSync } from 'node:fs'
    for await (const _ of process.stdin);
    const object = open(${JSON.stringify(fixture('tracing'))})
    object.program('tracepoint').autoload = true
    object.globals.target_tgid = process.pid
    const bpf = object.loadSync()
    const link = bpf.program('tracepoint').attachPerfEvent({ fd: 3 })
    readFileSync('/proc/self/comm')
    link.close()
    const { hits } = bpf.globals
    readFileSync('/proc/self/comm')
    console.log(hits > 0n, bpf.globals.hits - hits)
  `
  using bpf = load('tracing', 'tracepoint')
  const link = bpf.program('tracepoint').attachTracepoint('raw_syscalls', 'sys_enter')
  const [fd] = perfEvents()
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit', fd] })
  link.close()
  child.stdin?.end()
  const output = await child.stdout?.toArray()
  t.is(String(output), 'true 0n\n')
})

kernelTest('an event that cannot be is refused by name', {}, (t) => {
  using bpf = load('tracing', 'perf_event')
  const program = bpf.program('perf_event')
  t.throws(() => program.attachPerfEvent({ event: 'cpu-clock', pid }), { instanceOf: TypeError, message: /frequency/ })
  t.throws(() => program.attachPerfEvent({ event: 'cpu-clock', period: 1 }), { instanceOf: TypeError, message: /cpu/ })
  t.throws(() => program.attachPerfEvent({ event: 'no-such' as 'cpu-clock', period: 1, pid }), {
    instanceOf: RangeError,
    message: /'no-such'/,
  })
  t.throws(() => program.attachPerfEvent({ type: 0xffff, config: 0, period: 1, pid }), { message: /perf event/ })
  t.throws(() => program.attachPerfEvent({ fd: 0 }), { message: /perf event/ })
  t.throws(() => program.attachPerfEvent({ fd: -1 }), { instanceOf: RangeError, message: /fd .*-1/ })
})

/** This process's descriptors that are perf events. */
function perfEvents(): number[] {
  return readdirSync('/proc/self/fd')
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[perf_event]'
      } catch {
        return false // the one through which the directory was read
      }
    })
    .map(Number)
}
