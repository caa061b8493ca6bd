import test from 'ava'
import { BpfError, NotSupportedError } from '../../lib/errors.js'
import type { NativeProgram } from '../../lib/internal/binding.js'
import type { Attachable } from '../../lib/link/attach/attach.js'
import { attachIterator, type Iterating } from '../../lib/link/attach/iterator.js'
import { attachKprobe, attachKretprobe, attachKretsyscall, attachKsyscall } from '../../lib/link/attach/kprobe.js'
import {
  attachKprobeMulti,
  attachKprobeSession,
  attachKretprobeMulti,
  type KprobeMultiOptions,
} from '../../lib/link/attach/kprobe-multi.js'
import { attachPerfEvent, type PerfEventName } from '../../lib/link/attach/perf-event.js'
import { attachSection } from '../../lib/link/attach/section.js'
import { attachesItself } from '../../lib/link/attach/sections.js'
import { attachClsact, attachTc, attachTcx } from '../../lib/link/attach/tc.js'
import { attachRawTracepoint, attachTracepoint } from '../../lib/link/attach/tracepoint.js'
import { attachUprobe, attachUretprobe } from '../../lib/link/attach/uprobe.js'
import { attachUprobeMulti, attachUretprobeMulti } from '../../lib/link/attach/uprobe-multi.js'
import { attachUsdt } from '../../lib/link/attach/usdt.js'
import type { Link } from '../../lib/link/link.js'

/** What the addon is asked for by `attach`, and the name of the link that comes of it. */
function asked(attach: (program: Attachable & Iterating) => Link) {
  const calls: unknown[] = []
  const native = {
    attach(kind: string, options: object) {
      calls.push(kind, options)
      return { close: () => {} }
    },
  } as unknown as NativeProgram
  using link = attach({ name: 'one', native, section: 'iter/task', object: {} } as unknown as Attachable & Iterating)
  return [link.kind, ...calls]
}

/** By the values of enum perf_hw_id and enum perf_sw_ids, from 0 on; undefined for those that count nothing by themselves. */
const hardware = [
  ...['cpu-cycles', 'instructions', 'cache-references', 'cache-misses', 'branches', 'branch-misses', 'bus-cycles'],
  ...['stalled-cycles-frontend', 'stalled-cycles-backend', 'ref-cycles'],
]
const software = [
  ...['cpu-clock', 'task-clock', 'page-faults', 'context-switches', 'cpu-migrations', 'minor-faults', 'major-faults'],
  ...['alignment-faults', 'emulation-faults', undefined, undefined, 'cgroup-switches'],
]

test('a perf event’s name stands for the numbers that linux/perf_event.h gives it', (t) => {
  for (const [type, names] of [hardware, software].entries()) {
    for (const [config, event] of names.entries()) {
      if (event === undefined) continue
      const options = { event: event as PerfEventName, period: 5, pid: 1 }
      const native = { period: 5, pid: 1, type, config: BigInt(config) }
      t.deepEqual(
        asked((program) => attachPerfEvent(program, options)),
        ['perf_event', 'perf_event', native],
        event,
      )
    }
  }
})

test('all that a perf event is given reaches the kernel', (t) => {
  const sampled = { cpu: 1, frequency: 99, excludeUser: true, excludeKernel: false, cookie: 7n }
  t.deepEqual(asked((program) => attachPerfEvent(program, { ...sampled, type: 4, config: 0x1c2 })).at(-1), {
    ...sampled,
    type: 4,
    config: 0x1c2n,
  })
  t.deepEqual(asked((program) => attachPerfEvent(program, { fd: 9, cookie: 1n })).at(-1), { fd: 9, cookie: 1n })
})

test('a probe of the kernel has its place and its cookie, and the side that its name says', (t) => {
  const options = { cookie: 7n }
  t.deepEqual(
    [
      asked((program) => attachKprobe(program, 'tcp_close', { ...options, offset: 4 })),
      asked((program) => attachKretprobe(program, 'tcp_close', options)),
      asked((program) => attachKsyscall(program, 'openat', options)),
      asked((program) => attachKretsyscall(program, 'openat', options)),
      asked((program) => attachTracepoint(program, 'tcp', 'tcp_probe', options)),
      asked((program) => attachRawTracepoint(program, 'sys_enter', options)),
    ],
    [
      ['kprobe', 'kprobe', { symbol: 'tcp_close', offset: 4, cookie: 7n }],
      ['kretprobe', 'kprobe', { symbol: 'tcp_close', retprobe: true, cookie: 7n }],
      ['ksyscall', 'ksyscall', { syscall: 'openat', cookie: 7n }],
      ['kretsyscall', 'ksyscall', { syscall: 'openat', retprobe: true, cookie: 7n }],
      ['tracepoint', 'tracepoint', { category: 'tcp', name: 'tcp_probe', cookie: 7n }],
      ['raw_tracepoint', 'raw_tracepoint', { name: 'sys_enter', cookie: 7n }],
    ],
  )
})

test('probes of many functions of the kernel have their lists, and the side that their name says', (t) => {
  const options: KprobeMultiOptions = { symbols: ['a', 'b'], cookies: [1n, 2n] }
  t.deepEqual(
    [
      asked((program) => attachKprobeMulti(program, options)),
      asked((program) => attachKretprobeMulti(program, { pattern: 'tcp_*' })),
      asked((program) => attachKprobeSession(program, { addresses: [5n] })),
    ],
    [
      ['kprobe.multi', 'kprobe_multi', options],
      ['kretprobe.multi', 'kprobe_multi', { pattern: 'tcp_*', retprobe: true }],
      ['kprobe.session', 'kprobe_multi', { addresses: [5n], session: true }],
    ],
  )
})

test('a probe of a program has its place, its process and its cookie, and the side that its name says', (t) => {
  const options = { symbol: 'run', pid: 3, cookie: 7n }
  const many = { offsets: [1, 2], refCtrOffsets: [3, 4], cookies: [5n, 6n], pid: 3 }
  t.deepEqual(
    [
      asked((program) => attachUprobe(program, '/bin/x', { ...options, offset: 4, refCtrOffset: 8 })),
      asked((program) => attachUretprobe(program, '/bin/x', options)),
      asked((program) => attachUprobeMulti(program, '/bin/x', many)),
      asked((program) => attachUretprobeMulti(program, '/bin/x', { pattern: 'r*', pid: 3 })),
      asked((program) => attachUsdt(program, '/bin/x', 'node', 'gc', { pid: 3, cookie: 7n })),
    ],
    [
      ['uprobe', 'uprobe', { path: '/bin/x', ...options, offset: 4, refCtrOffset: 8 }],
      ['uretprobe', 'uprobe', { path: '/bin/x', ...options, retprobe: true }],
      ['uprobe.multi', 'uprobe_multi', { path: '/bin/x', ...many }],
      ['uretprobe.multi', 'uprobe_multi', { path: '/bin/x', pattern: 'r*', pid: 3, retprobe: true }],
      ['usdt', 'usdt', { path: '/bin/x', provider: 'node', name: 'gc', pid: 3, cookie: 7n }],
    ],
  )
  t.throws(() => asked((program) => attachUprobe(program, '/bin/x', { pid: 3 })), { message: /symbol, or an offset/ })
})

test('a place among TC programs is told by links, programs and their ids', (t) => {
  const where = { interface: 7, direction: 'egress' } as const
  const on = { ifindex: 7, direction: 'egress' }
  const relatives = [
    [{ linkFd: 5 }, { link: true, fd: 5 }],
    [{ linkId: 6 }, { link: true, id: 6 }],
    [{ programFd: 7 }, { fd: 7 }],
    [{ programId: 8 }, { id: 8 }],
  ] as const
  for (const [given, relative] of relatives) {
    t.deepEqual(asked((program) => attachTcx(program, { ...where, before: given })).at(-1), {
      ...on,
      before: relative,
    })
    t.deepEqual(asked((program) => attachTcx(program, { ...where, after: given })).at(-1), { ...on, after: relative })
  }
  const rest = { anchor: 'first', expectedRevision: 3n, link: false } as const
  const options = { ...where, ...rest, replace: { fd: 9 } }
  t.deepEqual(
    asked((program) => attachTcx(program, options)),
    ['tcx', 'tcx', { ...on, ...rest, replace: 9 }],
  )
  const filter = { priority: 2, handle: 3, replace: true }
  const ingress = { interface: 7, direction: 'ingress', netns: '/x', ...filter } as const
  const clsact = asked((program) => attachClsact(program, ingress))
  t.deepEqual(clsact, ['clsact', 'clsact', { ifindex: 7, direction: 'ingress', netns: '/x', ...filter }])
})

test('an iterator walks cgroups in the order that is asked for, and tasks by their ids', (t) => {
  // enum bpf_cgroup_iter_order
  const orders = { self: 1, 'descendants-pre': 2, 'descendants-post': 3, ancestors: 4 } as const
  for (const [order, number] of Object.entries(orders)) {
    const options = asked((program) => attachIterator(program, { order: order as keyof typeof orders })).at(-1)
    t.deepEqual(options, { cgroup: 0, order: number })
  }
  t.like(asked((program) => attachIterator(program, { cgroup: '/' })).at(-1), { order: 2 })
  const options = { pid: 3, tid: 4, map: { fd: 5 } }
  t.deepEqual(asked((program) => attachIterator(program, options)).at(-1), { pid: 3, tid: 4, map: 5 })
})

/** A program of that section, whose native half is asked as `refuse` says for each kind. */
function programOf(section: string, refuse: (kind: string) => Error | undefined = () => undefined) {
  const kinds: string[] = []
  const native = {
    attach(kind: string) {
      kinds.push(kind)
      const error = refuse(kind)
      if (error) throw error
      return { close: () => {} }
    },
  } as unknown as NativeProgram
  return { program: { name: 'one', native, section, object: {} } as unknown as Attachable & Iterating, kinds }
}

test('a section of a sleepable program attaches as the other does, and an iterator’s makes an iterator', (t) => {
  for (const [section, name, kind] of [
    ['tp_btf/sys_enter', 'tp_btf', 'section'],
    ['uprobe.s//bin/x:run', 'uprobe.s', 'section'],
    ['iter/task', 'iter', 'iter'],
    ['iter.s/task', 'iter', 'iter'],
  ] as const) {
    const { program, kinds } = programOf(section)
    using link = attachSection(program)
    t.deepEqual([link.kind, kinds], [name, [kind]], section)
  }
})

test('a section attaches itself where it names a target, or has it from the program’s type', (t) => {
  const itself = ['tp_btf/x', 'fentry/x', 'fexit.s/x', 'fmod_ret/x', 'lsm/x', 'lsm.s/x', 'freplace/x', 'iter/task']
  const byTarget = ['kprobe/x', 'kretprobe.multi/x', 'uprobe.s//bin/x:y', 'usdt//bin/x:a:b', 'tp/a/b', 'raw_tp/x']
  for (const section of [...itself, ...byTarget]) t.true(attachesItself(section), section)
  for (const section of ['kprobe', 'uprobe', 'usdt', 'tp', 'raw_tp', 'xdp', 'tc', 'tcx/ingress', 'cgroup/bind4', ''])
    t.false(attachesItself(section), section)
})

test('TC programs are attached by clsact only where the kernel has no TCX', (t) => {
  const fields = { code: 'EINVAL', errno: 22, operation: 'attach one to tcx' }
  const where = { interface: 7, direction: 'egress' } as const
  const old = programOf('tc', (kind) =>
    kind === 'tcx' ? new NotSupportedError({ ...fields, feature: 'tcx' }) : undefined,
  )
  using link = attachTc(old.program, where)
  t.deepEqual([link.kind, old.kinds], ['clsact', ['tcx', 'clsact']])
  const refused = programOf('tc', () => new BpfError({ ...fields, code: 'ENODEV', errno: 19 }))
  t.throws(() => attachTc(refused.program, where), { code: 'ENODEV' })
  t.deepEqual(refused.kinds, ['tcx'])
})
