import { statSync } from 'node:fs'
import { type BpfObject, type Link, type LinkInfo, linkInfo, listLinks } from 'ebpf'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { inCgroup } from '../helpers/cgroup.js'
import type { FeatureName } from '../helpers/features.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { loadOnly } from '../helpers/load.js'
import { load } from '../helpers/tracing.js'

type Expected = { readonly kind: LinkInfo['kind'] } & Readonly<Record<string, unknown>>

interface Example {
  readonly needs?: readonly FeatureName[]
  /** The program's object, and its name; for struct_ops the map's. */
  readonly of: readonly [load: typeof load | typeof loadAll, file: string, program: string]
  attach(bpf: BpfObject, where: { readonly netns: string; readonly cgroup: string }): Link
  expected(bpf: BpfObject, where: { readonly netns: string; readonly cgroup: string }): Expected
}

/** Like `load` of tracing.ts, for a fixture whose programs are loaded by default. */
const loadAll = (file: string, ...programs: string[]): BpfObject => loadOnly(file, programs)

const lo = { interface: 'lo' } as const
/** What Linux reports since that version. */
const since = (version: string, more: Record<string, unknown>) => (isOlderThan(version) ? {} : more)

/** One for each type of link, and for each kind of perf event that a link may have. */
const examples: Readonly<Record<string, Example>> = {
  'a raw tracepoint': {
    of: [loadAll, 'handles', 'on_raw_tp'],
    attach: (bpf) => bpf.program('on_raw_tp').attach(),
    expected: () => ({ kind: 'raw_tracepoint', tracepoint: 'sys_enter' }),
  },
  'a tracepoint by its BTF': {
    needs: ['tp_btf'],
    of: [load, 'tracing', 'tp_btf'],
    attach: (bpf) => bpf.program('tp_btf').attachTrace(),
    expected: () => ({ kind: 'raw_tracepoint', tracepoint: 'sys_enter' }),
  },
  'a function’s entry': {
    needs: ['fentry'],
    of: [load, 'tracing', 'fentry'],
    attach: (bpf) => bpf.program('fentry').attachTrace(),
    expected: (bpf) => ({
      kind: 'tracing',
      attachTypeName: 'trace_fentry',
      ...since('5.13', { targetBtfTypeId: bpf.program('fentry').info().attachBtfTypeId }),
    }),
  },
  'a cgroup': {
    of: [loadAll, 'cgroup', 'connect4'],
    attach: (bpf, { cgroup }) => bpf.program('connect4').attachCgroup({ path: cgroup }),
    expected: (_bpf, { cgroup }) => ({
      kind: 'cgroup',
      attachTypeName: 'cgroup_inet4_connect',
      cgroupId: statSync(cgroup, { bigint: true }).ino,
    }),
  },
  'an iterator over tasks': {
    needs: ['iter_task'],
    of: [load, 'iterators', 'print_tasks'],
    attach: (bpf) => bpf.program('print_tasks').attachIterator({ pid: process.pid }),
    expected: () => ({ kind: 'iter', target: 'task', pid: process.pid, tid: 0 }),
  },
  'an iterator over a map': {
    needs: ['iter_map_elem'],
    of: [load, 'iterators', 'write_entries'],
    attach: (bpf) => bpf.program('write_entries').attachIterator({ map: bpf.map('numbers') }),
    expected: (bpf) => ({ kind: 'iter', target: 'bpf_map_elem', mapId: bpf.map('numbers').id }),
  },
  'an iterator over cgroups': {
    needs: ['iter_cgroup'],
    of: [load, 'iterators', 'print_cgroups'],
    attach: (bpf, { cgroup }) => bpf.program('print_cgroups').attachIterator({ cgroup, order: 'self' }),
    expected: (_bpf, { cgroup }) => ({
      kind: 'iter',
      target: 'cgroup',
      cgroupId: statSync(cgroup, { bigint: true }).ino,
      order: 1,
    }),
  },
  'a network namespace': {
    of: [loadAll, 'network', 'hide_sockets'],
    attach: (bpf, { netns }) => bpf.program('hide_sockets').attachNetns({ netns }),
    expected: (_bpf, { netns }) => ({
      kind: 'netns',
      attachTypeName: 'sk_lookup',
      netnsInode: statSync(netns).ino,
    }),
  },
  XDP: {
    of: [loadAll, 'network', 'pass'],
    attach: (bpf, { netns }) => bpf.program('pass').attachXdp({ ...lo, netns, mode: 'generic' }),
    expected: () => ({ kind: 'xdp', ifindex: 1 }),
  },
  TCX: {
    needs: ['tcx'],
    of: [loadAll, 'network', 'one'],
    attach: (bpf, { netns }) => bpf.program('one').attachTcx({ ...lo, netns, direction: 'egress' }),
    expected: () => ({ kind: 'tcx', ifindex: 1, attachTypeName: 'tcx_egress' }),
  },
  'a sock map': {
    needs: ['sockmap_link'],
    of: [loadAll, 'sockmap', 'on_send'],
    attach: (bpf) => bpf.program('on_send').attachSockmap(bpf.map('sockets')),
    expected: (bpf) => ({ kind: 'sockmap', attachTypeName: 'sk_msg_verdict', mapId: bpf.map('sockets').id }),
  },
  netfilter: {
    needs: ['netfilter'],
    of: [loadAll, 'network', 'drop_all'],
    attach: (bpf) => bpf.program('drop_all').attachNetfilter({ family: 'ipv6', hook: 'forward', priority: 99 }),
    expected: () => ({ kind: 'netfilter', protocolFamily: 10, hook: 2, priority: 99, flags: 0 }),
  },
  struct_ops: {
    needs: ['struct_ops_link'],
    of: [load, 'struct_ops_link', 'init'],
    attach: (bpf) => bpf.attachStructOps('first'),
    expected: (bpf) => ({ kind: 'struct_ops', mapId: bpf.map('first').id }),
  },
  'a uprobe': {
    needs: ['uprobe', 'perf_link'],
    of: [load, 'tracing', 'uprobe_cookie'],
    attach: (bpf) =>
      bpf.program('uprobe_cookie').attachUprobe('libc.so.6', { symbol: 'getpriority', pid: process.pid, cookie: 5n }),
    expected: () => ({
      kind: 'perf_event',
      ...since('6.6', { event: 'uprobe' }),
      ...since('6.9', { cookie: 5n }),
    }),
  },
  'a uretprobe': {
    needs: ['uprobe', 'perf_link'],
    of: [load, 'tracing', 'uprobe'],
    attach: (bpf) => bpf.program('uprobe').attachUretprobe('libc.so.6', { symbol: 'getpriority', pid: process.pid }),
    expected: () => ({ kind: 'perf_event', ...since('6.6', { event: 'uretprobe' }) }),
  },
  'a kprobe': {
    needs: ['kprobe', 'perf_link'],
    of: [load, 'tracing', 'kprobe_cookie'],
    attach: (bpf) => bpf.program('kprobe_cookie').attachKprobe('vfs_read', { cookie: 6n }),
    expected: () => ({
      kind: 'perf_event',
      ...since('6.6', { event: 'kprobe', function: 'vfs_read', offset: 0 }),
      ...since('6.7', { missed: 0n }),
      ...since('6.9', { cookie: 6n }),
    }),
  },
  'a kretprobe': {
    needs: ['kprobe', 'perf_link'],
    of: [load, 'tracing', 'kprobe'],
    attach: (bpf) => bpf.program('kprobe').attachKretprobe('vfs_read'),
    expected: () => ({ kind: 'perf_event', ...since('6.6', { event: 'kretprobe', function: 'vfs_read' }) }),
  },
  'a tracepoint': {
    needs: ['perf_link'],
    of: [load, 'tracing', 'tracepoint_cookie'],
    attach: (bpf) => bpf.program('tracepoint_cookie').attachTracepoint('raw_syscalls', 'sys_enter', { cookie: 4711n }),
    expected: () => ({
      kind: 'perf_event',
      ...since('6.6', { event: 'tracepoint', tracepoint: 'sys_enter' }),
      ...since('6.9', { cookie: 4711n }),
    }),
  },
  'a perf event': {
    needs: ['perf_link'],
    of: [load, 'tracing', 'perf_event_cookie'],
    attach: (bpf) =>
      bpf.program('perf_event_cookie').attachPerfEvent({
        event: 'page-faults',
        period: 1_000_000,
        pid: process.pid,
        cookie: 11n,
      }),
    // PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS
    expected: () => ({
      kind: 'perf_event',
      ...since('6.6', { event: 'event', perfType: 1, config: 2n }),
      ...since('6.9', { cookie: 11n }),
    }),
  },
  'many kprobes': {
    needs: ['kprobe_multi'],
    of: [load, 'tracing', 'kprobe_multi'],
    attach: (bpf) =>
      bpf.program('kprobe_multi').attachKprobeMulti({ symbols: ['vfs_read', 'vfs_write'], cookies: [1n, 2n] }),
    expected: () => ({ kind: 'kprobe_multi', ...since('6.6', { count: 2, flags: 0 }) }),
  },
  'many uprobes': {
    needs: ['uprobe_multi'],
    of: [load, 'tracing', 'uprobe_multi'],
    attach: (bpf) =>
      bpf.program('uprobe_multi').attachUprobeMulti('libc.so.6', {
        symbols: ['getpriority'],
        pid: process.pid,
        cookies: [7n],
      }),
    expected: () => ({
      kind: 'uprobe_multi',
      ...since('6.8', { count: 1, flags: 0, pid: process.pid, cookies: [7n], refCtrOffsets: [0n] }),
    }),
  },
}

for (const [what, { needs, of, attach, expected }] of Object.entries(examples)) {
  kernelTest(`the link of ${what} tells what its kind has`, { needs: needs ?? [] }, async (t) => {
    const netns = await NetworkNamespace.create()
    try {
      inCgroup((cgroup) => {
        const where = { netns: netns.path, cgroup }
        const [loader, file, program] = of
        using bpf = loader(file, program)
        using link = attach(bpf, where)
        const info = link.info()
        t.like(info, expected(bpf, where))
        if (info.kind !== 'struct_ops') t.is(info.programId, bpf.program(program).info().id)
        t.deepEqual(linkInfo(info.id), info)
        t.true([...listLinks()].some(({ id, kind }) => id === info.id && kind === info.kind))
      })
    } finally {
      await netns.remove()
    }
  })
}

kernelTest('the places of a link to many are told', { needs: ['kprobe_multi', 'uprobe_multi'] }, (t) => {
  using bpf = load('tracing', 'kprobe_multi', 'uprobe_multi')
  using kprobes = bpf
    .program('kprobe_multi')
    .attachKretprobeMulti({ symbols: ['vfs_read', 'vfs_write'], cookies: [1n, 2n] })
  const info = kprobes.info()
  if (info.kind !== 'kprobe_multi') return t.fail(info.kind)
  if (!isOlderThan('6.6')) t.is(info.flags, 1)
  if (!isOlderThan('6.9')) t.deepEqual([...info.cookies].sort(), [1n, 2n])
  t.is(info.addresses.length, info.count)
  using uprobes = bpf
    .program('uprobe_multi')
    .attachUprobeMulti('libc.so.6', { pattern: 'getpriorit?', pid: process.pid })
  const places = uprobes.info()
  if (places.kind !== 'uprobe_multi') return t.fail(places.kind)
  if (isOlderThan('6.8')) return
  t.regex(places.path, /libc/)
  t.true((places.offsets[0] ?? 0n) > 0n)
})

kernelTest('the link of a netkit device tells its side, and that side’s device', { needs: ['netkit'] }, async (t) => {
  const netns = await NetworkNamespace.create()
  try {
    netns.ip('link add near0 type netkit')
    const shown = netns.ip('link show')
    const primary = Number(/^(\d+): near0@/m.exec(shown)?.[1])
    const peer = Number(/^(\d+): \S+@near0:/m.exec(shown)?.[1])
    using bpf = loadOnly('network', ['one'])
    for (const [side, ifindex] of [
      ['primary', primary],
      ['peer', peer],
    ] as const) {
      using link = bpf.program('one').attachNetkit({ interface: 'near0', netns: netns.path, side })
      t.like(link.info(), { kind: 'netkit', ifindex, attachTypeName: `netkit_${side}` })
    }
  } finally {
    await netns.remove()
  }
})
