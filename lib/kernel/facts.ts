import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { missingCapabilities } from '../internal/capabilities.js'
import { requireLinux } from '../internal/require-linux.js'

/** What the running kernel and its settings say of themselves; undefined where they do not, or not to this process. */
export interface KernelFacts {
  /** `uname -r` */
  readonly release: string
  /** Capabilities that BPF needs and this process has not. */
  readonly missingCapabilities: readonly string[]
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
  /** Where a bpffs is mounted, for pinning. */
  readonly bpffs: string | undefined
}

/** Reads files below /proc and /sys; nothing is loaded. */
export function kernelFacts(): KernelFacts {
  requireLinux('look at the kernel')
  return {
    release: release(),
    missingCapabilities: missingCapabilities(),
    btf: existsSync('/sys/kernel/btf/vmlinux'),
    btfModules: list('/sys/kernel/btf').filter((name) => name !== 'vmlinux'),
    jit: (['off', 'on', 'debug'] as const)[sysctl('net/core/bpf_jit_enable') ?? -1],
    unprivilegedBpfDisabled: ([0, 1, 2] as const)[sysctl('kernel/unprivileged_bpf_disabled') ?? -1],
    lockdown: lockdown(),
    securityModules: securityModules(),
    kptrRestrict: sysctl('kernel/kptr_restrict'),
    perfEventParanoid: sysctl('kernel/perf_event_paranoid'),
    tracefs: mountOf('tracefs'),
    bpffs: mountOf('bpf'),
  }
}

/** `[none] integrity confidentiality` */
function lockdown(): KernelFacts['lockdown'] {
  const chosen = /\[(\w+)\]/.exec(text('/sys/kernel/security/lockdown') ?? '')?.[1]
  return chosen === 'none' || chosen === 'integrity' || chosen === 'confidentiality' ? chosen : undefined
}

export function securityModules(): readonly string[] | undefined {
  return text('/sys/kernel/security/lsm')?.trim().split(',')
}

function sysctl(name: string): number | undefined {
  const value = text(`/proc/sys/${name}`)
  return value === undefined ? undefined : Number.parseInt(value, 10)
}

/** The shortest path where a filesystem of that type is mounted. */
function mountOf(type: string): string | undefined {
  const mounts = (text('/proc/self/mounts') ?? '').split('\n').map((line) => line.split(' '))
  const paths = mounts.flatMap(([, path, is]) => (is === type && path !== undefined ? [path] : []))
  return paths.sort((a, b) => a.length - b.length)[0]
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
