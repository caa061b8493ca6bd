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
  { of: /^count possible CPUs$/, why: `/sys/devices/system/cpu/possible is not there: ${mountSysfs}` },
  {
    of: /^read \/proc\/kallsyms$/,
    why: '/proc is not mounted, or with subset=pid (ProcSubset=pid of a systemd unit), or the kernel is built without CONFIG_KALLSYMS',
  },
]

/** The limit that each errno means for the calls of this package, and how to raise it. */
const limits: Readonly<Record<string, (operation: string) => string | undefined>> = {
  ENOENT: (operation) => notThere.find(({ of }) => of.test(operation))?.why,
  EMFILE: () =>
    `the process has as many descriptors open as it may, RLIMIT_NOFILE (ulimit -n)${value(limit('Max open files'))}`,
  ENFILE: () => `the machine has as many files open as it may, fs.file-max${value(sysctl('fs/file-max'))}`,
  ENOMEM: () => 'the kernel has no memory for it, or its cgroup may take no more (memory.max)',
  EAGAIN: (operation) =>
    isMade(operation)
      ? `the kernel asks to try again, or RLIMIT_NPROC (ulimit -u)${value(limit('Max processes'))} keeps it from starting a thread`
      : undefined,
  E2BIG: (operation) =>
    operation.startsWith('create map ')
      ? 'more entries or larger values than the kernel takes'
      : isMade(operation)
        ? 'larger than the kernel takes: maxEntries and sizes of a map, or a program of more than 1,000,000 instructions'
        : undefined,
  ENOSPC: (operation) =>
    isMade(operation) ? 'no room is left: of ids, of memory for BPF, or in the log of the verifier' : undefined,
  // A kernel-internal number. Here it means "the JIT compiler failed, and there is no interpreter".
  ENOTSUPP: (operation) =>
    isMade(operation)
      ? `the JIT compiler cannot take it: net.core.bpf_jit_limit${value(sysctl('net/core/bpf_jit_limit'))} is reached, or an instruction is unknown to it`
      : undefined,
  ENOSYS: (operation) =>
    requirementOf(operation, '').calls?.includes('bpf')
      ? `bpf(2) is not there: ${hasSeccompFilter() ? 'a seccomp filter of the process hides it, or ' : ''}the kernel is built without CONFIG_BPF_SYSCALL`
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
