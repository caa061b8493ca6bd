import { requireInteger } from '../arguments.js'
import { isOlderThan } from '../internal/kernel-version.js'
import { possibleCpus } from '../kernel/system.js'

// include/uapi/linux/bpf.h: BPF_F_CPU, with the CPU's number in the upper 32 bits, and BPF_F_ALL_CPUS
const cpuFlag = 8
const allCpusFlag = 16

/** The flags for the value of one CPU. @throws {RangeError} for a CPU that is not possible on this machine. */
export function flagsOfCpu(cpu: number): number {
  const cpus = possibleCpus()
  if (requireInteger(cpu, 'cpu') >= 0 && cpu < cpus) return cpu * 2 ** 32 + cpuFlag
  throw new RangeError(`cpu must be from 0 to ${cpus - 1}, the last CPU that this machine can have, not ${cpu}`)
}

/**
 * The flags for one value for all CPUs; undefined if a value per CPU must be passed instead. That is so before Linux 7.0 (by version:
 * an older kernel might read all values before it rejects the flag), and with other flags, which 7.2 rejects (EINVAL) or ignores.
 */
export const flagsOfAllCpus = (flags: number): number | undefined =>
  flags === 0 && !isOlderThan('7.0') ? allCpusFlag : undefined
