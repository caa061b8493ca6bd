import { existsSync, readdirSync } from 'node:fs'
import { release } from 'node:os'
import { hasSeccompFilter, inUserNamespace, lacking, missingCapabilities } from '../internal/capabilities.js'
import { isOlderThan } from '../internal/kernel-version.js'
import { requireLinux } from '../internal/require-linux.js'
import { limit, lockdownLevel, mountsOf, securityModules, sysctl, text } from '../internal/settings.js'
import { usableTracefs } from '../internal/tracefs.js'

/** What the running kernel and its settings say of themselves; undefined where they do not, or not to this process. */
export interface KernelFacts {
  /** `uname -r` */
  readonly release: string
  /** Whether /proc is mounted and shows this process: without it neither capabilities, limits nor mounts can be read. */
  readonly proc: boolean
  /** Capabilities that loading and attaching take and this process lacks. */
  readonly missingCapabilities: readonly string[]
  /** Capabilities that only some calls take and this process lacks: CAP_SYS_ADMIN, CAP_SYSLOG; CAP_SYS_RESOURCE before Linux 5.11. */
  readonly alsoMissing: readonly string[]
  /** Whether the process is in a user namespace other than the initial one, where its capabilities do not count for BPF. */
  readonly userNamespace: boolean
  /** Whether a seccomp filter looks at the process's system calls. */
  readonly seccomp: boolean
  /** RLIMIT_MEMLOCK in bytes, which maps and programs count against before Linux 5.11; Infinity where there is none. */
  readonly memoryLockLimit: number | undefined
  /** Whether the kernel's own types are there, `/sys/kernel/btf/vmlinux`. */
  readonly btf: boolean
  /** Modules whose types are there too. */
  readonly btfModules: readonly string[]
  /** `net.core.bpf_jit_enable`: whether programs become machine code. */
  readonly jit: 'off' | 'on' | 'debug' | undefined
  /** `kernel.unprivileged_bpf_disabled`: 0 anybody loads programs, 1 nobody without CAP_BPF until the next boot, 2 nobody. */
  readonly unprivilegedBpfDisabled: 0 | 1 | 2 | undefined
  /** `confidentiality` keeps BPF programs from reading kernel memory; `integrity` from writing it. */
  readonly lockdown: 'none' | 'integrity' | 'confidentiality' | undefined
  /** Security modules in force, `bpf` among them where programs of type lsm run. */
  readonly securityModules: readonly string[] | undefined
  /** `kernel.kptr_restrict`: from 1 on, who lacks CAP_SYSLOG sees no addresses in kallsyms, from 2 on nobody. */
  readonly kptrRestrict: number | undefined
  /** `kernel.perf_event_paranoid`: from 2 on, who lacks CAP_PERFMON cannot profile the kernel. */
  readonly perfEventParanoid: number | undefined
  /** Where tracefs is mounted, for tracepoints by name and `tracePipe`. */
  readonly tracefs: string | undefined
  /** Whether this process may look into it. */
  readonly tracefsUsable: boolean
  /** Where a bpffs is mounted, for pinning. */
  readonly bpffs: string | undefined
}

/** Reads files below /proc and /sys; nothing is loaded. */
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
