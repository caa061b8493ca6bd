import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { BpfError, NotSupportedError } from './errors.js'

interface Feature {
  /** The first kernel that has it; undefined where only the kernel's configuration decides. */
  readonly minimumKernel?: string
  /** What to use without it. */
  readonly instead: string
  /** Whether this kernel lacks it, which the failure may tell. */
  absent(failure: BpfError): boolean
}

// EOPNOTSUPP: what a kernel answers that was built without it.
const notSupported = 95

// The commits that added them are named beside.
const features = {
  // 053c8e1f235d
  tcx: { minimumKernel: '6.6', instead: 'attachClsact, or attachTc which chooses', absent: () => olderThan('6.6') },
  // 35dfaad7188c, CONFIG_NETKIT
  netkit: { minimumKernel: '6.7', instead: 'a veth pair with attachTcx', absent: () => olderThan('6.7') },
  // 84601d6ee68a, CONFIG_NETFILTER_BPF_LINK
  netfilter: { minimumKernel: '6.4', instead: 'attachTc or a cgroup_skb program', absent: () => olderThan('6.4') },
  // 1209339844601
  cgroup_anchor: { minimumKernel: '6.17', instead: 'the order of attaching', absent: () => olderThan('6.17') },
  // 4b82b181a26c
  cgroup_preorder: { minimumKernel: '6.15', instead: 'the order of attaching', absent: () => olderThan('6.15') },
  // 457f44363a88
  ringbuf: { minimumKernel: '5.8', instead: 'a perf event array', absent: () => olderThan('5.8') },
  // d46edd671a14
  run_stats: {
    minimumKernel: '5.8',
    instead: 'sysctl kernel.bpf_stats_enabled=1',
    absent: () => olderThan('5.8'),
  },
  // 341dfcf8d78e, CONFIG_DEBUG_INFO_BTF
  btf: {
    minimumKernel: '5.4',
    instead: 'a BTF file of your own, OpenOptions.kernelBtf',
    absent: () => !existsSync('/sys/kernel/btf/vmlinux'),
  },
  // e12f03d7031a, CONFIG_KPROBE_EVENTS
  kprobe: {
    minimumKernel: '4.17',
    instead: 'a tracepoint or a raw tracepoint',
    absent: () => !existsSync('/sys/bus/event_source/devices/kprobe'),
  },
  // 0dcac2725406, CONFIG_FPROBE
  kprobe_multi: {
    minimumKernel: '5.18',
    instead: 'a kprobe for each function',
    absent: ({ errno }) => olderThan('5.18') || errno === notSupported,
  },
  // 535a3692ba72
  kprobe_session: {
    minimumKernel: '6.10',
    instead: 'kprobe.multi and kretprobe.multi',
    absent: ({ errno }) => olderThan('6.10') || errno === notSupported,
  },
  // 33ea4b24277b, CONFIG_UPROBE_EVENTS
  uprobe: {
    minimumKernel: '4.17',
    instead: 'a tracepoint',
    absent: () => !existsSync('/sys/bus/event_source/devices/uprobe'),
  },
  // 89ae89f53d20
  uprobe_multi: {
    minimumKernel: '6.6',
    instead: 'a uprobe for each function',
    absent: ({ errno }) => olderThan('6.6') || errno === notSupported,
  },
  // 82e6b1eee6a8
  bpf_cookie: {
    minimumKernel: '5.15',
    instead: 'a program for each place',
    absent: () => olderThan('5.15'),
  },
  // 2fcc82411e74
  trace_cookie: {
    minimumKernel: '5.19',
    instead: 'a program for each function',
    absent: () => olderThan('5.19'),
  },
  // 68ca5d4eebb8
  raw_tracepoint_cookie: {
    minimumKernel: '6.10',
    instead: 'a program for each tracepoint',
    absent: () => olderThan('6.10'),
  },
  // fec56f5890d9
  trace: { minimumKernel: '5.5', instead: 'a kprobe or a raw tracepoint', absent: lacksKernelBtf('5.5') },
  // fc611f47f218, CONFIG_BPF_LSM
  lsm: {
    minimumKernel: '5.7',
    instead: 'fmod_ret, or a seccomp filter',
    absent: () => olderThan('5.7'),
  },
  // be8704ff07d2
  freplace: { minimumKernel: '5.6', instead: 'a tail call', absent: () => olderThan('5.6') },
  // ac51d99bf81c
  iter: { minimumKernel: '5.8', instead: 'the files of /proc', absent: lacksKernelBtf('5.8') },
  // f0d74c4da1f0
  iter_task: { minimumKernel: '6.1', instead: 'a condition in the program', absent: () => olderThan('6.1') },
  // d4ccaf58a847
  iter_cgroup: { minimumKernel: '6.1', instead: 'the files of the cgroup', absent: () => olderThan('6.1') },
  // 85d33df357b6
  struct_ops: { minimumKernel: '5.6', instead: 'what the kernel has built in', absent: lacksKernelBtf('5.6') },
  // 68b04864ca42
  struct_ops_link: { minimumKernel: '6.4', instead: 'the section .struct_ops', absent: () => olderThan('6.4') },
  tracefs: {
    minimumKernel: '4.1',
    instead: 'a raw tracepoint, or mount it: mount -t tracefs tracefs /sys/kernel/tracing',
    absent: () => !inTracefs('events'),
  },
  // 3e87f192b405
  take: { minimumKernel: '5.14', instead: 'get and delete', absent: () => olderThan('5.14') },
  // 4cf1bc1f1045
  task_storage: { minimumKernel: '5.11', instead: 'a hash map by process id', absent: () => olderThan('5.11') },
  // 9330986c0300
  bloom_filter: { minimumKernel: '5.16', instead: 'a hash map', absent: () => olderThan('5.16') },
  // 583c1f420173
  user_ringbuf: { minimumKernel: '6.1', instead: 'a queue, or a program that is run', absent: () => olderThan('6.1') },
  // c4bcfb38a95e
  cgrp_storage: { minimumKernel: '6.2', instead: 'a hash map by cgroup id', absent: () => olderThan('6.2') },
  // 317460317a02
  arena: { minimumKernel: '6.9', instead: 'an array with the flag mmapable', absent: () => olderThan('6.9') },
} satisfies Record<string, Feature>

export type FeatureName = keyof typeof features

/** Whether a feature has that name: map types that not every supported kernel has are named as themselves. */
export function isFeature(name: string): name is FeatureName {
  return Object.hasOwn(features, name)
}

/** Runs `operation`; when it fails and the kernel lacks `feature`, throws NotSupportedError with the failure as its cause. */
export function requiring<T>(name: FeatureName, operation: () => T): T {
  try {
    return operation()
  } catch (error) {
    const feature: Feature = features[name]
    // One that says what is missing is not to be explained again.
    if (!(error instanceof BpfError) || error instanceof NotSupportedError || !feature.absent(error)) throw error
    const message = `${error.operation}: this kernel (${release()}) has no ${name}, which needs Linux ${feature.minimumKernel} and its configuration; use ${feature.instead}`
    const { code, errno, operation: tried, log } = error
    throw new NotSupportedError(
      { code, errno, operation: tried, log, cause: error, message },
      name,
      feature.minimumKernel,
      feature.instead,
    )
  }
}

function inTracefs(file: string): boolean {
  return ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].some((directory) => existsSync(`${directory}/${file}`))
}

function lacksKernelBtf(since: string): () => boolean {
  return () => olderThan(since) || !existsSync('/sys/kernel/btf/vmlinux')
}

/** Whether the running kernel's version is below `version`, `major.minor`. */
export function olderThan(version: string): boolean {
  const numbers = (text: string) => text.split('.', 2).map((part) => Number.parseInt(part, 10))
  const [major = 0, minor = 0] = numbers(release())
  const [wantedMajor = 0, wantedMinor = 0] = numbers(version)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}
