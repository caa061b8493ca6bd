import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { BpfError, NotSupportedError, PermissionError } from '../errors.js'
import { isOlderThan } from '../internal/kernel-version.js'
import { isTracefsClosed, tracefsFailure, usableTracefs } from '../internal/tracefs.js'

/**
 * A feature that not all kernels have. Errors, `ebpf doctor`, the probes and the tests use this table.
 */
export interface Feature {
  /** The first kernel that has it. */
  readonly minimumKernel: string
  /** The first on arm64, if it is a later one. */
  readonly arm64?: string
  /** The configuration options that the kernel must be built with, without `CONFIG_`. */
  readonly config?: readonly string[]
  /** What else must be set up on the machine. */
  readonly setup?: string
  /** What to use instead. */
  readonly instead: string
  /** The first part of the section names that need it. */
  readonly sections?: readonly string[]
  /** Whether a kernel that is new enough lacks the feature anyway, because of its configuration. The failure may reveal it. */
  absent?(failure: BpfError): boolean
  /** What is missing if the kernel is new enough and it is not the kernel that lacks it. */
  why?(): string
}

// EOPNOTSUPP: the answer of a kernel that was built without the feature.
const refused = ({ errno }: BpfError) => errno === 95
// An error from the loader itself is not about its signature.
const unverified = (error: BpfError) => refused(error) && error.operation.startsWith('load the loader of ')
const withoutBtf = () => !existsSync('/sys/kernel/btf/vmlinux')
const withoutEvents = (kind: 'kprobe' | 'uprobe') => () => !existsSync(`/sys/bus/event_source/devices/${kind}`)
const minimumOf = ({ minimumKernel, arm64 }: Pick<Feature, 'minimumKernel' | 'arm64'>) =>
  (process.arch === 'arm64' && arm64) || minimumKernel
const withoutTracefs = () => usableTracefs() === undefined

// Each with the commit that added it.
const features = {
  // e420bed02507
  tcx: { minimumKernel: '6.6', config: ['NET_XGRESS'], instead: 'attachClsact, or attachTc, which chooses' },
  // 35dfaad7188c
  netkit: { minimumKernel: '6.7', config: ['NETKIT'], instead: 'a veth pair with attachTcx' },
  // 84601d6ee68a
  netfilter: { minimumKernel: '6.4', config: ['NETFILTER_BPF_LINK'], instead: 'attachTc or a cgroup_skb program' },
  // 1209339844601
  cgroup_order: { minimumKernel: '6.17', config: ['CGROUP_BPF'], instead: 'the order of attaching' },
  // 4b82b181a26c
  cgroup_preorder: { minimumKernel: '6.15', config: ['CGROUP_BPF'], instead: 'the order of attaching' },
  // "bpf: Introduce BPF standard streams"
  program_stream: { minimumKernel: '6.17', instead: 'bpf_printk and tracePipe, or a ring buffer' },
  // "bpf: Implement exclusive map creation"
  exclusive_map: { minimumKernel: '6.18', instead: 'file permissions where the map is pinned' },
  // 79a7f8bdb159
  loader: { minimumKernel: '5.14', instead: 'load()' },
  // 349271568303
  signed_loader: {
    minimumKernel: '6.18',
    config: ['SYSTEM_DATA_VERIFICATION'],
    instead: 'runLoader without a signature, or load()',
    absent: unverified,
  },
  // "bpf: Support associating BPF program with struct_ops"
  associated_struct_ops: { minimumKernel: '7.0', instead: 'a program for each struct_ops map' },
  // "bpf: Add BPF_F_CPU and BPF_F_ALL_CPUS flags support for percpu_array maps", and for the other kinds
  one_cpu: { minimumKernel: '7.0', instead: 'get, set and entries, with the values of all CPUs' },
  // 457f44363a88
  ringbuf: { minimumKernel: '5.8', instead: 'a perf event array' },
  // d46edd671a14
  run_stats: { minimumKernel: '5.8', instead: 'sysctl kernel.bpf_stats_enabled=1' },
  // 341dfcf8d78e
  btf: {
    minimumKernel: '5.4',
    config: ['DEBUG_INFO_BTF'],
    instead: 'a BTF file of your own, OpenOptions.kernelBtf',
    absent: withoutBtf,
  },
  // e12f03d7031a
  kprobe: {
    minimumKernel: '4.17',
    config: ['KPROBE_EVENTS'],
    instead: 'a tracepoint or a raw tracepoint',
    sections: ['kprobe', 'kretprobe', 'ksyscall', 'kretsyscall'],
    absent: withoutEvents('kprobe'),
  },
  // 0dcac2725406; arm64 4346ba160409
  kprobe_multi: {
    minimumKernel: '5.18',
    arm64: '6.14',
    config: ['FPROBE'],
    instead: 'a kprobe for each function',
    sections: ['kprobe.multi', 'kretprobe.multi'],
    absent: refused,
  },
  // 535a3692ba72; arm64 as kprobe_multi
  kprobe_session: {
    minimumKernel: '6.10',
    arm64: '6.14',
    config: ['FPROBE'],
    instead: 'a kprobe and a kretprobe',
    sections: ['kprobe.session'],
    absent: refused,
  },
  // 33ea4b24277b
  uprobe: {
    minimumKernel: '4.17',
    config: ['UPROBE_EVENTS'],
    instead: 'a tracepoint',
    sections: ['uprobe', 'uretprobe', 'usdt'],
    absent: withoutEvents('uprobe'),
  },
  // 89ae89f53d20
  uprobe_multi: {
    minimumKernel: '6.6',
    config: ['UPROBE_EVENTS'],
    instead: 'a uprobe for each function',
    sections: ['uprobe.multi', 'uretprobe.multi'],
    absent: refused,
  },
  // "bpf: Add support for uprobe multi session attach"
  uprobe_session: {
    minimumKernel: '6.13',
    config: ['UPROBE_EVENTS'],
    instead: 'a uprobe and a uretprobe',
    sections: ['uprobe.session'],
    absent: refused,
  },
  // 82e6b1eee6a8
  bpf_cookie: { minimumKernel: '5.15', instead: 'a program for each function or event' },
  // 2fcc82411e74; arm64 as trace
  trace_cookie: { minimumKernel: '5.19', arm64: '6.4', instead: 'a program for each function' },
  // "bpf: add fsession support"
  trace_session: {
    minimumKernel: '7.0',
    config: ['DEBUG_INFO_BTF', 'FUNCTION_TRACER'],
    instead: 'an fentry and an fexit program',
    sections: ['fsession'],
    absent: withoutBtf,
  },
  // 68ca5d4eebb8
  raw_tracepoint_cookie: { minimumKernel: '6.10', instead: 'a program for each tracepoint' },
  // 9e15db66136a
  tp_btf: {
    minimumKernel: '5.5',
    config: ['DEBUG_INFO_BTF'],
    instead: 'a raw tracepoint',
    sections: ['tp_btf'],
    absent: withoutBtf,
  },
  // fec56f5890d9; arm64 2aa6ac03516d
  trace: {
    minimumKernel: '5.5',
    arm64: '6.4',
    config: ['DEBUG_INFO_BTF', 'FUNCTION_TRACER'],
    instead: 'a kprobe or a raw tracepoint',
    sections: ['fentry', 'fexit', 'fmod_ret'],
    absent: withoutBtf,
  },
  // fc611f47f218; arm64 as trace
  lsm: {
    minimumKernel: '5.7',
    arm64: '6.4',
    config: ['BPF_LSM'],
    setup: 'bpf among the LSMs that it was booted with (lsm=)',
    instead: 'fmod_ret, or a seccomp filter',
    sections: ['lsm'],
  },
  // be8704ff07d2; arm64 b2ad54e1533e
  freplace: {
    minimumKernel: '5.6',
    arm64: '6.0',
    config: ['DEBUG_INFO_BTF'],
    instead: 'a tail call',
    sections: ['freplace'],
  },
  // ac51d99bf81c
  iter: { minimumKernel: '5.8', config: ['DEBUG_INFO_BTF'], instead: 'the files of /proc', absent: withoutBtf },
  // f0d74c4da1f0
  iter_task: { minimumKernel: '6.1', instead: 'a condition in the program' },
  // d4ccaf58a847
  iter_cgroup: { minimumKernel: '6.1', instead: 'the files of the cgroup' },
  // 85d33df357b6; arm64 efc9909fdce0
  struct_ops: {
    minimumKernel: '5.6',
    arm64: '6.0',
    config: ['DEBUG_INFO_BTF', 'BPF_JIT'],
    instead: 'what is built into the kernel',
    absent: withoutBtf,
  },
  // 68b04864ca42
  struct_ops_link: { minimumKernel: '6.4', instead: 'the section .struct_ops' },
  // c4f6699dfcb8
  raw_tracepoint: { minimumKernel: '4.17', instead: 'a tracepoint' },
  // 6a773a15a1e8
  xdp: { minimumKernel: '4.8', instead: 'a TC program, which sees packets later and costs more' },
  tracefs: {
    minimumKernel: '4.1',
    setup: 'tracefs mounted (mount -t tracefs tracefs /sys/kernel/tracing)',
    instead: 'a raw tracepoint',
    sections: ['tp', 'tracepoint'],
    absent: withoutTracefs,
    why: tracefsFailure,
  },
  // 3e87f192b405
  take: { minimumKernel: '5.14', instead: 'get and delete' },
  // 4cf1bc1f1045
  task_storage: { minimumKernel: '5.11', instead: 'a hash map keyed by process id' },
  // 9330986c0300
  bloom_filter: { minimumKernel: '5.16', instead: 'a hash map' },
  // 583c1f420173
  user_ringbuf: { minimumKernel: '6.1', instead: 'a queue map, or a program called with run()' },
  // c4bcfb38a95e
  cgrp_storage: { minimumKernel: '6.2', instead: 'a hash map keyed by cgroup id' },
  // "bpf, x86: add new map type: instructions array"
  insn_array: { minimumKernel: '6.19', instead: 'code without jump tables' },
  // 317460317a02; arm64 4dd31243e308
  arena: { minimumKernel: '6.9', arm64: '6.10', instead: 'an array with the flag mmapable' },
} satisfies Record<string, Feature>

const featureNames = Object.keys(features) as FeatureName[]

export type FeatureName = keyof typeof features

export const featureOf = (name: FeatureName): Feature => features[name]

/** `Linux 5.18 with CONFIG_FPROBE`, and what else must be set up. */
export function needsOf(name: FeatureName): string {
  const { config = [], setup, ...feature } = featureOf(name)
  const options = config.map((option) => `CONFIG_${option}`).join(' and ')
  return [`Linux ${minimumOf(feature)}${options && ` with ${options}`}`, setup].filter(Boolean).join(', and ')
}

/** The feature that the programs of a section need; undefined if every supported kernel has what they need. */
export function featureOfSection(kind: string): FeatureName | undefined {
  return featureNames.find((name) => featureOf(name).sections?.includes(kind))
}

/** Whether there is a feature of that name. The feature of a map type that not every supported kernel has is named like the type. */
export function isFeature(name: string): name is FeatureName {
  return Object.hasOwn(features, name)
}

/** The first kernel that has the feature, on this architecture. */
export const minimumKernel = (name: FeatureName): string => minimumOf(features[name])

/** Runs `operation`. If it fails, throws the failure as `explainMissing` explains it. */
export function requiring<T>(name: FeatureName, operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    throw explainMissing(name, error)
  }
}

/** `requiring` for an asynchronous operation. */
export async function requiringAsync<T>(name: FeatureName, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw explainMissing(name, error)
  }
}

/** If the kernel lacks the feature, a NotSupportedError that has the failure as its cause; otherwise the failure itself. */
export function explainMissing(name: FeatureName, failure: unknown): unknown {
  const feature = featureOf(name)
  // An error that already says what is missing needs no other explanation.
  if (!(failure instanceof BpfError) || failure instanceof NotSupportedError) return failure
  const minimum = minimumOf(feature)
  if (!isOlderThan(minimum) && !feature.absent?.(failure)) return failure
  const { code, errno, operation, log } = failure
  const fields = { code, errno, operation, log, cause: failure }
  if (name === 'tracefs' && isTracefsClosed()) {
    const why = tracefsFailure()
    return new PermissionError({ ...fields, message: `${operation}: ${why}` }, [], why)
  }
  const kernel = `this kernel (${release()}) has no ${name}, which needs ${needsOf(name)}`
  const message = `${operation}: ${feature.why ? `${feature.why()}; or` : `${kernel};`} use ${feature.instead}`
  return new NotSupportedError({ ...fields, message, feature: name, minimumKernel: minimum, instead: feature.instead })
}
