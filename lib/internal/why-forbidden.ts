import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Capability, hasSeccompFilter, inUserNamespace, lacking } from './capabilities.js'
import { isOlderThan } from './kernel-version.js'
import { refusedCalls } from './refused-calls.js'
import { type Requirement, requirementOf } from './requirements.js'
import { limit, lockdownLevel, securityModules, sysctl } from './settings.js'

export interface Refusal {
  readonly operation: string
  readonly log: string
  /** The file to which access was denied, if it was a file. */
  readonly path: string | undefined
}

export interface Reason {
  /** The capabilities that would be sufficient. */
  readonly missing: readonly Capability[]
  readonly why: string
}

/** Why the kernel returned EPERM or EACCES, as far as the current state of the process and the settings shows. */
export function whyForbidden(refusal: Refusal): Reason {
  const needs = requirementOf(refusal.operation, refusal.log)
  const lacks = missing(needs)
  if (lacks.length > 0) {
    const reason = { missing: lacks, why: lackingReason(lacks) }
    return lacks.includes('CAP_BPF') ? reason : either(byMemoryLimit(needs), reason)
  }
  for (const find of [byFilter, byPermissions, byPerfMemory, byMemoryLimit, byLockdown, byParanoia]) {
    const reason = find(needs, refusal)
    if (reason) return typeof reason === 'string' ? { missing: [], why: reason } : reason
  }
  return { missing: [], why: needs.otherwise ?? unexplained(needs) }
}

function missing({ capabilities, sometimes = [], until }: Requirement): Capability[] {
  const always = lacking(capabilities)
  if (always.length > 0) return always
  return until === undefined || isOlderThan(until) ? lacking(sometimes) : []
}

/** The kernel does not say which of the two reasons it was. */
function either(one: Reason | undefined, other: Reason): Reason {
  return one ? { missing: [...one.missing, ...other.missing], why: `${one.why}; or ${other.why}` } : other
}

function lackingReason(lacks: readonly Capability[]): string {
  if (!inUserNamespace()) return `the process lacks ${lacks.join(', ')}`
  const where = 'the process is in its own user namespace (a rootless container?), whose capabilities do not count here'
  return `${where}: this requires ${lacks.join(', ')} in the initial user namespace`
}

function byFilter({ calls = [] }: Requirement): string | undefined {
  const refused = hasSeccompFilter() ? refusedCalls(calls).map((call) => `${call}(2)`) : []
  if (refused.length === 0) return undefined
  return `a seccomp filter of the process blocks ${refused.join(' and ')}: allow it where the process is started (container runtime, systemd's SystemCallFilter=)`
}

function byPermissions(_: Requirement, { path }: Refusal): string | undefined {
  const user = process.geteuid?.()
  if (path === undefined || user === 0) return undefined
  // A file in a folder that cannot be searched cannot be inspected: then the folder is the reason.
  for (let at = path; ; at = dirname(at)) {
    try {
      const { mode, uid, gid } = statSync(at)
      const permissions = (mode & 0o7777).toString(8).padStart(4, '0')
      return `the permissions of ${at} (${permissions}, owner ${uid}, group ${gid}) deny access to user ${user}`
    } catch {
      if (at === dirname(at)) return undefined
    }
  }
}

// kernel/events/core.c, perf_mmap
function byPerfMemory(_: Requirement, { log }: Refusal): Reason | undefined {
  const lacks = lacking(['CAP_IPC_LOCK'])
  if (!/failed to mmap perf buffer/.test(log) || lacks.length === 0) return undefined
  const allowed = `${sysctl('kernel/perf_event_mlock_kb') ?? 516} KiB for each CPU (kernel.perf_event_mlock_kb) and ${memoryLimit()}`
  return {
    missing: lacks,
    why: `its buffers are larger than ${allowed} allow: use fewer pages, raise one of the limits, or run with CAP_IPC_LOCK`,
  }
}

const memoryLimit = () => `RLIMIT_MEMLOCK (ulimit -l), ${kibibytes(limit('Max locked memory'))}`
const kibibytes = (bytes: number | undefined) =>
  bytes === undefined ? 'unknown' : bytes === Number.POSITIVE_INFINITY ? 'unlimited' : `${Math.floor(bytes / 1024)} KiB`

// Until 5.10, the kernel counts maps and programs against that limit, and returns EPERM. libbpf raises it if the process may.
function byMemoryLimit({ locksMemory }: Requirement): Reason | undefined {
  const allowed = limit('Max locked memory') ?? Number.POSITIVE_INFINITY
  if (!locksMemory || !isOlderThan('5.11') || allowed === Number.POSITIVE_INFINITY) return undefined
  return {
    missing: lacking(['CAP_SYS_RESOURCE']),
    why: `maps and programs exceed ${memoryLimit()}, which limits their memory before Linux 5.11: set ulimit -l unlimited, or run with CAP_SYS_RESOURCE`,
  }
}

function byLockdown({ confidentiality }: Requirement): string | undefined {
  if (confidentiality === undefined || lockdownLevel() !== 'confidentiality') return undefined
  return `the kernel is locked down (lockdown=confidentiality), which forbids ${confidentiality} to everyone`
}

/** The kernels of Debian and Android have levels above 2, which require more than CAP_PERFMON. */
function byParanoia({ perfEvents }: Requirement): Reason | undefined {
  const level = sysctl('kernel/perf_event_paranoid') ?? 0
  const lacks = lacking(['CAP_SYS_ADMIN'])
  if (!perfEvents || level <= 2 || lacks.length === 0) return undefined
  return { missing: lacks, why: `kernel.perf_event_paranoid is ${level}: set it to 2, or run with CAP_SYS_ADMIN` }
}

function unexplained({ capabilities }: Requirement): string {
  const has =
    capabilities.length > 0
      ? `the process has ${capabilities.join(', ')}, which is all that this requires`
      : 'no capability is missing'
  const suspects = [...lockdownSuspect(), ...moduleSuspects(), ...(hasSeccompFilter() ? ['its seccomp filter'] : [])]
  return suspects.length > 0 ? `${has}; possible reasons: ${suspects.join(', ')}` : has
}

function lockdownSuspect(): string[] {
  const level = lockdownLevel()
  if (level === 'none') return []
  if (level !== undefined) return [`lockdown=${level}`]
  // Without securityfs it is unknown; with it, a kernel without lockdown does not have the file.
  return securityModules() === undefined
    ? ['lockdown (mount -t securityfs securityfs /sys/kernel/security shows it)']
    : []
}

/** The security modules that decide by a policy. */
const policies = ['selinux', 'apparmor', 'smack', 'tomoyo', 'bpf']

function moduleSuspects(): string[] {
  const modules = securityModules()
  if (modules === undefined) return ['a security module']
  return modules.filter((name) => policies.includes(name)).map((name) => `the security module ${name}`)
}
