import { existsSync, readdirSync } from 'node:fs'
import { release } from 'node:os'
import { hasSeccompFilter, inUserNamespace, lacking, missingCapabilities } from '../internal/capabilities.js'
import { isOlderThan } from '../internal/kernel-version.js'
import { requireLinux } from '../internal/require-linux.js'
import { limit, lockdownLevel, mountsOf, securityModules, sysctl, text } from '../internal/settings.js'
import { usableTracefs } from '../internal/tracefs.js'

/** What the running kernel and its settings reveal. A field is undefined if it is unknown, or hidden from this process. */
export interface KernelFacts {
  /** The kernel's release, `uname -r`. */
  readonly release: string
  /** Whether /proc is mounted and shows this process. Otherwise capabilities, limits and mounts cannot be read. */
  readonly proc: boolean
  /** Capabilities that loading and attaching need and that this process lacks. */
  readonly missingCapabilities: readonly string[]
  /** Capabilities that only some calls need and that this process lacks: CAP_SYS_ADMIN, CAP_SYSLOG; CAP_SYS_RESOURCE before Linux 5.11. */
  readonly alsoMissing: readonly string[]
  /** Whether the process is in a user namespace other than the initial one. There its capabilities do not count for BPF. */
  readonly userNamespace: boolean
  /** Whether a seccomp filter checks the process's system calls. */
  readonly seccomp: boolean
  /** RLIMIT_MEMLOCK in bytes, which limits maps and programs before Linux 5.11; Infinity if there is no limit. */
  readonly memoryLockLimit: number | undefined
  /** Whether the kernel has BTF of its own types, `/sys/kernel/btf/vmlinux`. */
  readonly btf: boolean
  /** Modules that have BTF too. */
  readonly btfModules: readonly string[]
  /** `net.core.bpf_jit_enable`: whether programs are compiled to machine code. */
  readonly jit: 'off' | 'on' | 'debug' | undefined
  /**
   * `kernel.unprivileged_bpf_disabled`: 0 lets anyone load programs; 1 and 2 require CAP_BPF, and 1 cannot be changed until the next boot.
   */
  readonly unprivilegedBpfDisabled: 0 | 1 | 2 | undefined
  /** The kernel's lockdown mode: `confidentiality` keeps BPF programs from reading kernel memory, `integrity` from writing it. */
  readonly lockdown: 'none' | 'integrity' | 'confidentiality' | undefined
  /** The active security modules; `bpf` is one of them if programs of type lsm can run. */
  readonly securityModules: readonly string[] | undefined
  /** `kernel.kptr_restrict`: at 1, kallsyms shows addresses only to processes with CAP_SYSLOG; from 2 on, to nobody. */
  readonly kptrRestrict: number | undefined
  /** `kernel.perf_event_paranoid`: from 2 on, profiling the kernel needs CAP_PERFMON. */
  readonly perfEventParanoid: number | undefined
  /** Where tracefs is mounted. Tracepoints by name and `tracePipe` need it. */
  readonly tracefs: string | undefined
  /** Whether this process can access tracefs. */
  readonly tracefsUsable: boolean
  /** Where a bpffs is mounted. Pinning needs it. */
  readonly bpffs: string | undefined
}

/** Collects facts about the kernel from files below /proc and /sys. Nothing is loaded. */
export function kernelFacts(): KernelFacts {
  requireLinux('look at the kernel')
  return {
    release: release(),
    proc: text('/proc/thread-self/status') !== undefined,
    missingCapabilities: missingCapabilities(),
    alsoMissing: lacking([
      'CAP_SYS_ADMIN',
      'CAP_SYSLOG',
      ...(isOlderThan('5.11') ? (['CAP_SYS_RESOURCE'] as const) : []),
    ]),
    userNamespace: inUserNamespace(),
    seccomp: hasSeccompFilter(),
    memoryLockLimit: limit('Max locked memory'),
    btf: existsSync('/sys/kernel/btf/vmlinux'),
    btfModules: list('/sys/kernel/btf').filter((name) => name !== 'vmlinux'),
    jit: (['off', 'on', 'debug'] as const)[sysctl('net/core/bpf_jit_enable') ?? -1],
    unprivilegedBpfDisabled: ([0, 1, 2] as const)[sysctl('kernel/unprivileged_bpf_disabled') ?? -1],
    lockdown: lockdownLevel(),
    securityModules: securityModules(),
    kptrRestrict: sysctl('kernel/kptr_restrict'),
    perfEventParanoid: sysctl('kernel/perf_event_paranoid'),
    tracefs: mountsOf('tracefs')[0],
    tracefsUsable: usableTracefs() !== undefined,
    bpffs: mountsOf('bpf')[0],
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
