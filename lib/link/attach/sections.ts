import type { NativeAttachKind } from '../../internal/binding.js'

/** The meaning of the first part of a section's name, without the `.s` for sleepable; like section_defs in libbpf.c. */
interface Section {
  /** How a program of the section is attached. */
  readonly call: string
  /** The kinds of attachment that fit it; empty if none in this folder does. */
  readonly kinds: readonly NativeAttachKind[]
  /** Whether libbpf attaches it by the section alone: always, or if the section names a target, as in `kprobe/tcp_close`. */
  readonly attachesItself?: 'always' | 'with target'
}

const probes: readonly NativeAttachKind[] = [
  'kprobe',
  'kprobe_multi',
  'ksyscall',
  'uprobe',
  'uprobe_multi',
  'usdt',
  'perf_event',
]
const probe = (call: string): Section => ({ call, kinds: probes, attachesItself: 'with target' })
const tc: Section = {
  call: 'attachTc({ interface, direction }), attachTcx or attachClsact',
  kinds: ['tcx', 'clsact', 'netkit'],
}
const tracepoint: Section = {
  call: 'attachTracepoint(category, name)',
  kinds: ['tracepoint', 'perf_event'],
  attachesItself: 'with target',
}
const rawTracepoint: Section = {
  call: 'attachRawTracepoint(name)',
  kinds: ['raw_tracepoint'],
  attachesItself: 'with target',
}
const trace: Section = { call: 'attach() or attachTrace()', kinds: ['trace'], attachesItself: 'always' }
const cgroup: Section = { call: 'attachCgroup({ path })', kinds: ['cgroup'] }
const netns: Section = { call: 'attachNetns()', kinds: ['netns'] }
const sockmap: Section = { call: 'attachSockmap(map)', kinds: ['sockmap'] }

const sections: Readonly<Record<string, Section>> = {
  tc,
  tcx: tc,
  classifier: tc,
  action: tc,
  netkit: { call: 'attachNetkit({ interface, side })', kinds: ['netkit', 'tcx', 'clsact'] },
  xdp: { call: 'attachXdp({ interface })', kinds: ['xdp'] },
  kprobe: probe('attachKprobe(symbol)'),
  kretprobe: probe('attachKretprobe(symbol)'),
  'kprobe.multi': probe('attachKprobeMulti({ pattern })'),
  'kretprobe.multi': probe('attachKretprobeMulti({ pattern })'),
  'kprobe.session': probe('attachKprobeSession({ pattern })'),
  ksyscall: probe('attachKsyscall(name)'),
  kretsyscall: probe('attachKretsyscall(name)'),
  uprobe: probe('attachUprobe(path, { symbol })'),
  uretprobe: probe('attachUretprobe(path, { symbol })'),
  'uprobe.multi': probe('attachUprobeMulti(path, { pattern })'),
  'uretprobe.multi': probe('attachUretprobeMulti(path, { pattern })'),
  'uprobe.session': probe('attachUprobeSession(path, { pattern })'),
  usdt: probe('attachUsdt(path, provider, name)'),
  tp: tracepoint,
  tracepoint,
  raw_tp: rawTracepoint,
  raw_tracepoint: rawTracepoint,
  'raw_tp.w': rawTracepoint,
  'raw_tracepoint.w': rawTracepoint,
  tp_btf: trace,
  fentry: trace,
  fexit: trace,
  fmod_ret: trace,
  fsession: trace,
  lsm: { call: 'attach() or attachLsm()', kinds: ['lsm', 'trace'], attachesItself: 'always' },
  lsm_cgroup: cgroup,
  freplace: {
    call: 'attachFreplace({ target, function })',
    kinds: ['freplace', 'trace'],
    attachesItself: 'always',
  },
  iter: { call: 'attachIterator()', kinds: ['iter'], attachesItself: 'always' },
  perf_event: { call: 'attachPerfEvent({ event, frequency, cpu })', kinds: ['perf_event'] },
  cgroup,
  cgroup_skb: cgroup,
  sockops: cgroup,
  sk_lookup: netns,
  flow_dissector: netns,
  netfilter: { call: 'attachNetfilter({ family, hook })', kinds: ['netfilter'] },
  sk_msg: sockmap,
  sk_skb: sockmap,
  socket: { call: 'attachSocketFilter({ interface })', kinds: ['socket_filter'] },
  sk_reuseport: { call: 'attachReuseport(socket)', kinds: ['reuseport'] },
  syscall: { call: 'run(), which needs no attachment', kinds: [] },
  struct_ops: { call: 'attachStructOps(map) of its object', kinds: [] },
}

/** The kind of a section: `tcx` for `tcx/ingress`, `fentry` for `?fentry.s/tcp_close`. */
export const sectionKind = (section: string) => (section.split('/', 1)[0] ?? '').replace(/^\?/, '').replace(/\.s$/, '')

/** Whether libbpf attaches a program by its section alone. */
export function attachesItself(section: string): boolean {
  const itself = sections[sectionKind(section)]?.attachesItself
  return itself === 'always' || (itself === 'with target' && section.includes('/'))
}

/** Advice such as `for a program of SEC("xdp"), use attachXdp({ interface })`, if the section says so and `kind` does not fit it. */
export function wayOf(section: string, kind: NativeAttachKind): string | undefined {
  const redirected = /^\??xdp(?:\.frags)?\/(devmap|cpumap)/.exec(section)?.[1]
  if (redirected !== undefined) {
    return `a program of SEC("${section}") runs on redirected packets: set it in an entry of a ${redirected}, { target, program }`
  }
  const found = sections[sectionKind(section)]
  if (found === undefined || found.kinds.includes(kind)) return undefined
  return `for a program of SEC("${section}"), use ${found.call}`
}
