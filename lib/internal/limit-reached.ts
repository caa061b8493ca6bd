import { hasSeccompFilter } from './capabilities.js'
import { isShortage } from './passing.js'
import { requirementOf } from './requirements.js'
import { limit, sysctl } from './settings.js'

/** What a container without sysfs lacks. */
export const mountSysfs = 'sysfs is not mounted: mount -t sysfs sysfs /sys'

/** Files of the kernel that a container or a systemd unit may lack. */
const notThere: readonly { readonly of: RegExp; readonly why: string }[] = [
  {
    of: /^open network namespace \/proc\/(self|thread-self)\//,
    why: '/proc is not mounted, or does not show this process: mount -t proc proc /proc',
  },
  { of: /^count possible CPUs$/, why: `/sys/devices/system/cpu/possible does not exist: ${mountSysfs}` },
  {
    of: /^read \/proc\/kallsyms$/,
    why: '/proc is not mounted, or is mounted with subset=pid (ProcSubset=pid in a systemd unit), or the kernel was built without CONFIG_KALLSYMS',
  },
]

/** The limit that each errno means for the calls of this package, and how to raise it. */
const limits: Readonly<Record<string, (operation: string) => string | undefined>> = {
  ENOENT: (operation) => notThere.find(({ of }) => of.test(operation))?.why,
  EMFILE: () =>
    `the process has reached its limit of open descriptors, RLIMIT_NOFILE (ulimit -n)${value(limit('Max open files'))}`,
  ENFILE: () => `the system has reached its limit of open files, fs.file-max${value(sysctl('fs/file-max'))}`,
  ENOMEM: () => 'the kernel is out of memory, or the cgroup has reached its limit (memory.max)',
  EAGAIN: (operation) =>
    isMade(operation)
      ? `the kernel asks to try again, or RLIMIT_NPROC (ulimit -u)${value(limit('Max processes'))} prevents the process from starting a thread`
      : undefined,
  E2BIG: (operation) =>
    operation.startsWith('create map ')
      ? 'the map has more entries or larger values than the kernel allows'
      : isMade(operation)
        ? 'a map (its maxEntries, key or value size) is larger than the kernel allows, or a program has more than 1,000,000 instructions'
        : undefined,
  ENOSPC: (operation) =>
    isMade(operation)
      ? 'the kernel has no ids or no memory for BPF left, or the buffer for the verifier log is too small'
      : undefined,
  // A kernel-internal number. Here it means "the JIT compiler failed, and there is no interpreter".
  ENOTSUPP: (operation) =>
    isMade(operation)
      ? `the JIT compiler failed: net.core.bpf_jit_limit${value(sysctl('net/core/bpf_jit_limit'))} is reached, or it does not support an instruction`
      : undefined,
  ENOSYS: (operation) =>
    requirementOf(operation, '').calls?.includes('bpf')
      ? `bpf(2) is not available: ${hasSeccompFilter() ? 'a seccomp filter of the process blocks it, or ' : ''}the kernel was built without CONFIG_BPF_SYSCALL`
      : undefined,
}

/** Empty if the value cannot be read, for example because no descriptor is left. */
const value = (found: number | undefined) => (found === undefined ? '' : ` = ${found}`)

const isMade = (operation: string) => /^(load|create map) /.test(operation)

/** Errnos that do not come from the verifier, whatever is in its log. */
export const isResource = (code: string) => isShortage(code) || ['ENOSPC', 'EINTR', 'ENOSYS'].includes(code)

/** The limit that was reached and how to raise it; undefined if the errno does not mean a limit. */
export function limitReached(code: string, operation: string): string | undefined {
  return Object.hasOwn(limits, code) ? limits[code]?.(operation) : undefined
}
