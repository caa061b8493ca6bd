import { release } from 'node:os'
import { PermissionError } from 'ebpf'
import { kernelConfig } from 'ebpf/kernel'
import { featureOf, isFeature } from '../../lib/kernel/features.js'
import { lacksProbes } from './addon-file.js'
import * as attempt from './feature-attempts.js'
import { isOlderThan } from './kernel-version.js'
import * as tracing from './tracing-attempts.js'

interface Feature {
  /** The first kernel that has it, `major.minor`; undefined if all kernels that the package supports have it. */
  readonly minimumKernel?: string
  /** The first kernel on arm64, if that is a later one. */
  readonly arm64?: string
  /** What the kernel must also be built with. */
  readonly config?: readonly string[]
  /**
   * What the kernel lacks, if neither its version nor its configuration tells; some kernels do not show their
   * configuration.
   */
  lacks?(): string | undefined
  /** A security policy may forbid it even to root. */
  readonly forbidden?: true
  /** Tries it on the running kernel; throws if it does not work. */
  attempt(): void
}

/**
 * Features in which the kernels that the tests run on differ. What lib/kernel/features.ts says about a feature of the
 * same name is not repeated.
 */
const features = {
  tcx: { attempt: attempt.tcx },
  netkit: { attempt: attempt.netkit },
  netfilter: { attempt: attempt.netfilter },
  sockmap_query: { minimumKernel: '5.19', config: ['BPF_STREAM_PARSER'], attempt: attempt.sockmapQuery },
  sockmap_link: { minimumKernel: '6.10', config: ['BPF_STREAM_PARSER'], attempt: attempt.sockmapLink },
  cgroup_unix: { minimumKernel: '6.7', config: ['CGROUP_BPF'], attempt: attempt.cgroupUnix },
  cgroup_order: { attempt: attempt.cgroupAnchor },
  program_stream: {
    minimumKernel: '6.18',
    config: ['BPF_SYSCALL'],
    lacks: attempt.lacksStreamMemory,
    attempt: attempt.programStream,
  },
  exclusive_map: { attempt: attempt.exclusiveMap },
  associated_struct_ops: { attempt: attempt.associatedStructOps },
  one_cpu: { attempt: attempt.oneCpu },
  signed_loader: { attempt: attempt.signedLoader },
  perf_link: { minimumKernel: '5.15', config: ['PERF_EVENTS'], attempt: attempt.perfLink },
  kprobe: { attempt: attempt.kprobe },
  fentry: {
    arm64: '6.4',
    config: ['DEBUG_INFO_BTF', 'FUNCTION_TRACER'],
    forbidden: true,
    attempt: attempt.fentry,
  },
  sleepable_fentry: {
    arm64: '6.4',
    config: ['DEBUG_INFO_BTF', 'FUNCTION_TRACER', 'FUNCTION_ERROR_INJECTION'],
    lacks: tracing.lacksErrorInjection,
    forbidden: true,
    attempt: tracing.sleepable('on_entry'),
  },
  bpf_loop: { minimumKernel: '5.17', attempt: () => tracing.loads('readers', 'hold') },
  live_frames: { minimumKernel: '5.18', config: ['NET'], attempt: attempt.liveFrames },
  tp_btf: { attempt: attempt.tpBtf },
  bpf_cookie: { attempt: attempt.cookie },
  uprobe: { attempt: tracing.uprobe },
  usdt: { config: ['UPROBE_EVENTS'], lacks: lacksProbes, attempt: tracing.usdt },
  sleepable_uprobe: {
    minimumKernel: '6.0',
    config: ['UPROBE_EVENTS'],
    attempt: tracing.sleepable('on_uprobe'),
  },
  uprobe_multi: { attempt: tracing.uprobeMulti },
  uprobe_session: { attempt: tracing.uprobeSession },
  kprobe_multi: { lacks: tracing.lacksFprobe, attempt: tracing.kprobeMulti },
  kprobe_session: { lacks: tracing.lacksFprobe, attempt: tracing.kprobeSession },
  trace_cookie: { forbidden: true, attempt: tracing.traceCookie },
  trace_session: { forbidden: true, attempt: tracing.traceSession },
  raw_tracepoint_cookie: { attempt: tracing.rawTracepointCookie },
  lsm: { lacks: tracing.lacksBpfLsm, forbidden: true, attempt: tracing.lsm },
  freplace: { forbidden: true, attempt: tracing.freplace },
  iter: { attempt: () => tracing.loads('iterators', 'print_tasks') },
  iter_map_elem: {
    config: ['DEBUG_INFO_BTF'],
    forbidden: true,
    attempt: () => tracing.loads('iterators', 'write_entries'),
  },
  sleepable_iter: {
    minimumKernel: '5.18',
    config: ['DEBUG_INFO_BTF'],
    attempt: tracing.sleepable('on_task'),
  },
  iter_task: { attempt: tracing.iterTask },
  iter_cgroup: { attempt: () => tracing.loads('iterators', 'print_cgroups') },
  struct_ops: { attempt: () => tracing.loads('struct_ops') },
  struct_ops_link: { attempt: () => tracing.loads('struct_ops_link') },
  syscall: { minimumKernel: '5.14', attempt: tracing.sleepable('on_run') },
  take: { attempt: attempt.take },
  inode_storage: { config: ['BPF_LSM'], lacks: tracing.lacksBpfLsm, attempt: attempt.inodeStorage },
  task_storage: { attempt: attempt.mapKind('task_storage', 8) },
  bloom_filter: { attempt: attempt.mapKind('bloom_filter', 8, 1) },
  user_ringbuf: { attempt: attempt.mapKind('user_ringbuf', 0, 4096) },
  cgrp_storage: { attempt: attempt.mapKind('cgrp_storage', 8) },
  arena: { attempt: attempt.mapKind('arena', 0, 1) },
  insn_array: { attempt: attempt.mapKind('insn_array', 16, 1) },
  sockmap: { config: ['NET_SOCK_MSG', 'INET'], attempt: attempt.mapKind('sockmap', 4, 1) },
  xskmap: { config: ['XDP_SOCKETS'], attempt: attempt.mapKind('xskmap', 4, 1) },
  netem: { config: ['NET_SCH_NETEM'], attempt: attempt.netem },
  user_namespace: { config: ['USER_NS'], lacks: attempt.lacksUserNamespaces, attempt: attempt.userNamespace },
  token: {
    minimumKernel: '6.9',
    config: ['BPF_SYSCALL', 'USER_NS'],
    lacks: attempt.lacksUserNamespaces,
    attempt: attempt.token,
  },
  vlan: { config: ['VLAN_8021Q'], attempt: attempt.vlan },
  macvlan: { config: ['MACVLAN'], attempt: attempt.macvlan },
  tun: { config: ['TUN'], attempt: attempt.tun },
} satisfies Record<string, Feature>

export type FeatureName = keyof typeof features

/**
 * Why this kernel may lack the feature; undefined if it works.
 *
 * @throws {Error} if it does not work although the kernel is new enough and built with what it needs.
 */
export function whyMissing(name: FeatureName): string | undefined {
  const feature: Feature = { ...(isFeature(name) && featureOf(name)), ...features[name] }
  const { config = [], forbidden } = feature
  const minimumKernel = (process.arch === 'arm64' && feature.arm64) || feature.minimumKernel
  try {
    feature.attempt()
    return undefined
  } catch (cause) {
    if (minimumKernel !== undefined && isOlderThan(minimumKernel)) return `${name} (Linux ${minimumKernel})`
    const disabled = config.find((option) => kernelConfig()?.has(option) === false)
    if (disabled !== undefined) return `${name} (CONFIG_${disabled})`
    const lacking = feature.lacks?.()
    if (lacking !== undefined) return `${name} (${lacking})`
    // All capabilities are present, so a policy of this machine refuses it.
    if (forbidden && cause instanceof PermissionError && cause.missing.length === 0) return `${name} (forbidden here)`
    throw new Error(`${name} does not work on Linux ${release()}, which should have it`, { cause })
  }
}
