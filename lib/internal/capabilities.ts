import { readlinkSync } from 'node:fs'
import { text } from './settings.js'

// Bit numbers of include/uapi/linux/capability.h. CAP_BPF and CAP_PERFMON exist since Linux 5.8.
const bits = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_NET_ADMIN: 12,
  CAP_IPC_LOCK: 14,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_SYSLOG: 34,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const

export type Capability = keyof typeof bits

/** What loading and attaching BPF programs needs. */
export const bpfCapabilities = ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF'] as const satisfies readonly Capability[]

/** The capabilities of `needed` that this process lacks. CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON. */
export function lacking(needed: readonly Capability[]): Capability[] {
  // Capabilities apply to the process's own user namespace, but BPF requires them in the initial one.
  if (inUserNamespace()) return [...needed]
  const effective = effectiveCapabilities()
  const has = (name: Capability) => ((effective >> BigInt(bits[name])) & 1n) === 1n
  const implied = (name: Capability) => (name === 'CAP_BPF' || name === 'CAP_PERFMON') && has('CAP_SYS_ADMIN')
  return needed.filter((name) => !has(name) && !implied(name))
}

/** The capabilities that BPF needs and this process lacks. */
export function missingCapabilities(): string[] {
  return lacking(bpfCapabilities)
}

/** Whether the process is in a user namespace other than the initial one, as in a rootless container. */
export function inUserNamespace(): boolean {
  try {
    // PROC_USER_INIT_INO of include/linux/proc_ns.h
    return readlinkSync('/proc/self/ns/user') !== `user:[${0xefff_fffd}]`
  } catch {
    return false // /proc is not mounted, or the kernel is old
  }
}

/** Whether a seccomp filter checks the system calls of this process. */
export function hasSeccompFilter(): boolean {
  return /^Seccomp:\s*2$/m.test(status())
}

const status = () => text('/proc/thread-self/status') ?? ''

function effectiveCapabilities(): bigint {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(status())
  if (line) return BigInt(`0x${line[1]}`)
  // Without /proc they are unknown: root usually has all of them.
  return process.geteuid?.() === 0 ? -1n : 0n
}
