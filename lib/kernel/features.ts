import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { BpfError, NotSupportedError, PermissionError } from '../errors.js'
import { isOlderThan } from '../internal/kernel-version.js'
import { isTracefsClosed, tracefsFailure, usableTracefs } from '../internal/tracefs.js'

interface Feature {
  /** The first kernel that has it. */
  readonly minimumKernel: string
  /** The first on arm64, where that is a later one. */
  readonly arm64?: string
  /** What to use without it. */
  readonly instead: string
  /** Whether a kernel that is new enough lacks it all the same: by its configuration, which the failure may tell. */
  absent?(failure: BpfError): boolean
  /** What is missing where the kernel is new enough, if it is not the kernel. */
  why?(): string
}

// EOPNOTSUPP: what a kernel answers that was built without it.
const refused = ({ errno }: BpfError) => errno === 95
// What the loader answers of its own accord is not about its signature.
const unverified = (error: BpfError) => refused(error) && error.operation.startsWith('load the loader of ')
const withoutBtf = () => !existsSync('/sys/kernel/btf/vmlinux')
const withoutEvents = (kind: 'kprobe' | 'uprobe') => () => !existsSync(`/sys/bus/event_source/devices/${kind}`)
const minimumOf = ({ minimumKernel, arm64 }: Feature) => (process.arch === 'arm64' && arm64) || minimumKernel
const withoutTracefs = () => usableTracefs() === undefined

// With the commits that added them.
const features = {
  // e420bed02507
  tcx: { minimumKernel: '6.6', instead: 'attachClsact, or attachTc which chooses' },
  // 35dfaad7188c, CONFIG_NETKIT
  netkit: { minimumKernel: '6.7', instead: 'a veth pair with attachTcx' },
  // 84601d6ee68a, CONFIG_NETFILTER_BPF_LINK
  netfilter: { minimumKernel: '6.4', instead: 'attachTc or a cgroup_skb program' },
  // 1209339844601
  cgroup_order: { minimumKernel: '6.17', instead: 'the order of attaching' },
  // 4b82b181a26c
  cgroup_preorder: { minimumKernel: '6.15', instead: 'the order of attaching' },
  // "bpf: Introduce BPF standard streams"
  program_stream: { minimumKernel: '6.17', instead: 'bpf_printk and tracePipe, or a ring buffer' },
  // "bpf: Implement exclusive map creation"
  exclusive_map: { minimumKernel: '6.18', instead: 'file permissions where the map is pinned' },
  // 79a7f8bdb159
  loader: { minimumKernel: '5.14', instead: 'load()' },
  // 349271568303, CONFIG_SYSTEM_DATA_VERIFICATION
  signed_loader: { minimumKernel: '6.18', instead: 'runLoader without a signature, or load()', absent: unverified },
  // "bpf: Support associating BPF program with struct_ops"
  associated_struct_ops: { minimumKernel: '7.0', instead: 'a program for each struct_ops map' },
  // "bpf: Add BPF_F_CPU and BPF_F_ALL_CPUS flags support for percpu_array maps", and for the other kinds
  one_cpu: { minimumKernel: '7.0', instead: 'get, set and entries, with the values of all CPUs' },
  // 457f44363a88
  ringbuf: { minimumKernel: '5.8', instead: 'a perf event array' },
  // d46edd671a14
  run_stats: { minimumKernel: '5.8', instead: 'sysctl kernel.bpf_stats_enabled=1' },
  // 341dfcf8d78e, CONFIG_DEBUG_INFO_BTF
  btf: { minimumKernel: '5.4', instead: 'a BTF file of your own, OpenOptions.kernelBtf', absent: withoutBtf },
  // e12f03d7031a, CONFIG_KPROBE_EVENTS
  kprobe: { minimumKernel: '4.17', instead: 'a tracepoint or a raw tracepoint', absent: withoutEvents('kprobe') },
  // 0dcac2725406, CONFIG_FPROBE; arm64 4346ba160409
  kprobe_multi: { minimumKernel: '5.18', arm64: '6.14', instead: 'a kprobe for each function', absent: refused },
  // 535a3692ba72; arm64 as kprobe_multi
  kprobe_session: { minimumKernel: '6.10', arm64: '6.14', instead: 'a kprobe and a kretprobe', absent: refused },
  // 33ea4b24277b, CONFIG_UPROBE_EVENTS
  uprobe: { minimumKernel: '4.17', instead: 'a tracepoint', absent: withoutEvents('uprobe') },
  // 89ae89f53d20
  uprobe_multi: { minimumKernel: '6.6', instead: 'a uprobe for each function', absent: refused },
  // "bpf: Add support for uprobe multi session attach"
  uprobe_session: { minimumKernel: '6.13', instead: 'a uprobe and a uretprobe', absent: refused },
  // 82e6b1eee6a8
  bpf_cookie: { minimumKernel: '5.15', instead: 'a program for each place' },
  // 2fcc82411e74; arm64 as trace
  trace_cookie: { minimumKernel: '5.19', arm64: '6.4', instead: 'a program for each function' },
  // "bpf: add fsession support"
  trace_session: { minimumKernel: '7.0', instead: 'an fentry and an fexit program', absent: withoutBtf },
  // 68ca5d4eebb8
  raw_tracepoint_cookie: { minimumKernel: '6.10', instead: 'a program for each tracepoint' },
  // 9e15db66136a
  tp_btf: { minimumKernel: '5.5', instead: 'a raw tracepoint', absent: withoutBtf },
  // fec56f5890d9; arm64 2aa6ac03516d
  trace: { minimumKernel: '5.5', arm64: '6.4', instead: 'a kprobe or a raw tracepoint', absent: withoutBtf },
  // fc611f47f218, CONFIG_BPF_LSM; arm64 as trace
  lsm: { minimumKernel: '5.7', arm64: '6.4', instead: 'fmod_ret, or a seccomp filter' },
  // be8704ff07d2; arm64 b2ad54e1533e
  freplace: { minimumKernel: '5.6', arm64: '6.0', instead: 'a tail call' },
  // ac51d99bf81c
  iter: { minimumKernel: '5.8', instead: 'the files of /proc', absent: withoutBtf },
  // f0d74c4da1f0
  iter_task: { minimumKernel: '6.1', instead: 'a condition in the program' },
  // d4ccaf58a847
  iter_cgroup: { minimumKernel: '6.1', instead: 'the files of the cgroup' },
  // 85d33df357b6; arm64 efc9909fdce0
  struct_ops: { minimumKernel: '5.6', arm64: '6.0', instead: 'what the kernel has built in', absent: withoutBtf },
  // 68b04864ca42
  struct_ops_link: { minimumKernel: '6.4', instead: 'the section .struct_ops' },
  tracefs: {
    minimumKernel: '4.1',
    instead: 'a raw tracepoint',
    absent: withoutTracefs,
    why: tracefsFailure,
  },
  // 3e87f192b405
  take: { minimumKernel: '5.14', instead: 'get and delete' },
  // 4cf1bc1f1045
  task_storage: { minimumKernel: '5.11', instead: 'a hash map by process id' },
  // 9330986c0300
  bloom_filter: { minimumKernel: '5.16', instead: 'a hash map' },
  // 583c1f420173
  user_ringbuf: { minimumKernel: '6.1', instead: 'a queue, or a program that is run' },
  // c4bcfb38a95e
  cgrp_storage: { minimumKernel: '6.2', instead: 'a hash map by cgroup id' },
  // "bpf, x86: add new map type: instructions array"
  insn_array: { minimumKernel: '6.19', instead: 'code without jump tables' },
  // 317460317a02; arm64 4dd31243e308
  arena: { minimumKernel: '6.9', arm64: '6.10', instead: 'an array with the flag mmapable' },
} satisfies Record<string, Feature>

export type FeatureName = keyof typeof features

/** Whether a feature has that name: map types that not every supported kernel has are named as themselves. */
export function isFeature(name: string): name is FeatureName {
  return Object.hasOwn(features, name)
}

/** The first kernel that has the feature, on this architecture. */
export const minimumKernel = (name: FeatureName): string => minimumOf(features[name])

/** As `requiring`, for an operation that is asynchronous. */
export async function requiringAsync<T>(name: FeatureName, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    return requiring(name, () => {
      throw error
    })
  }
}

/** Runs `operation`; when it fails and the kernel lacks `feature`, throws NotSupportedError with the failure as its cause. */
export function requiring<T>(name: FeatureName, operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    const feature: Feature = features[name]
    // One that says what is missing is not to be explained again.
    if (!(error instanceof BpfError) || error instanceof NotSupportedError) throw error
    const minimum = minimumOf(feature)
    if (!isOlderThan(minimum) && !feature.absent?.(error)) throw error
    const { code, errno, operation: tried, log } = error
    const fields = { code, errno, operation: tried, log, cause: error }
    if (name === 'tracefs' && isTracefsClosed()) {
      const why = tracefsFailure()
      throw new PermissionError({ ...fields, message: `${tried}: ${why}` }, [], why)
    }
    const kernel = `this kernel (${release()}) has no ${name}, which needs Linux ${minimum} and its configuration`
    const message = `${tried}: ${feature.why ? `${feature.why()}; or` : `${kernel};`} use ${feature.instead}`
    throw new NotSupportedError({ ...fields, message }, name, minimum, feature.instead)
  }
}
