import type { AttachKind } from './attach.js'

interface Way {
  /** What a program of the section is attached by. */
  readonly call: string
  /** The kinds that fit it; empty where nothing of this folder does. */
  readonly kinds: readonly AttachKind[]
}

const probes: readonly AttachKind[] = [
  'kprobe',
  'kprobe_multi',
  'ksyscall',
  'uprobe',
  'uprobe_multi',
  'usdt',
  'perf_event',
]
const tc: Way = {
  call: 'attachTc({ interface, direction }), attachTcx or attachClsact',
  kinds: ['tcx', 'clsact', 'netkit'],
}
const uprobe: Way = { call: 'attachUprobe(path, { symbol })', kinds: probes }
const uprobeMulti: Way = { call: 'attachUprobeMulti(path, { pattern })', kinds: probes }
const tracepoint: Way = { call: 'attachTracepoint(category, name)', kinds: ['tracepoint', 'perf_event'] }
const rawTracepoint: Way = { call: 'attachRawTracepoint(name)', kinds: ['raw_tracepoint'] }
const trace: Way = { call: 'attach() or attachTrace()', kinds: ['trace'] }
const cgroup: Way = { call: 'attachCgroup({ path })', kinds: ['cgroup'] }
const netns: Way = { call: 'attachNetns()', kinds: ['netns'] }
const sockmap: Way = { call: 'attachSockmap(map)', kinds: ['sockmap'] }

/** By the first part of the section's name, without `.s` for sleepable; see section_defs in libbpf.c. */
const ways: Readonly<Record<string, Way>> = {
  tc,
  tcx: tc,
  classifier: tc,
  action: tc,
  netkit: { call: 'attachNetkit({ interface, side })', kinds: ['netkit', 'tcx', 'clsact'] },
  xdp: { call: 'attachXdp({ interface })', kinds: ['xdp'] },
  kprobe: { call: 'attachKprobe(symbol)', kinds: probes },
  kretprobe: { call: 'attachKretprobe(symbol)', kinds: probes },
  'kprobe.multi': { call: 'attachKprobeMulti({ pattern })', kinds: probes },
  'kretprobe.multi': { call: 'attachKretprobeMulti({ pattern })', kinds: probes },
  'kprobe.session': { call: 'attachKprobeSession({ pattern })', kinds: probes },
  ksyscall: { call: 'attachKsyscall(name)', kinds: probes },
  kretsyscall: { call: 'attachKretsyscall(name)', kinds: probes },
  uprobe,
  uretprobe: { call: 'attachUretprobe(path, { symbol })', kinds: probes },
  'uprobe.multi': uprobeMulti,
  'uretprobe.multi': { call: 'attachUretprobeMulti(path, { pattern })', kinds: probes },
  usdt: { call: 'attachUsdt(path, provider, name)', kinds: probes },
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
  lsm: { call: 'attach() or attachLsm()', kinds: ['lsm', 'trace'] },
  lsm_cgroup: cgroup,
  freplace: { call: 'attachFreplace({ target, function })', kinds: ['freplace', 'trace'] },
  iter: { call: 'attachIterator()', kinds: ['iter'] },
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

/** `SEC("xdp") programs are attached by attachXdp({ interface })`, where the section says it and `kind` is not what it says. */
export function wayOf(section: string, kind: AttachKind): string | undefined {
  const redirected = /^\??xdp(?:\.frags)?\/(devmap|cpumap)/.exec(section)?.[1]
  if (redirected !== undefined) {
    return `a program of SEC("${section}") runs where packets are redirected to: set it in a ${redirected}, { target, program }`
  }
  const way = ways[(section.split('/', 1)[0] ?? '').replace(/\.s$/, '').replace(/^\?/, '')]
  if (way === undefined || way.kinds.includes(kind)) return undefined
  return `a program of SEC("${section}") is attached by ${way.call}`
}
