import { binding } from '../internal/binding.js'
import { lacking } from '../internal/capabilities.js'

/** The path of a cgroup v2's directory, including the mount; undefined if the cgroup is gone. */
export type CgroupLookup = (mount: string, id: number) => string | undefined

/**
 * Finds a cgroup by its id, which is also the file handle of its directory: one system call, however many cgroups there are. Undefined
 * without CAP_DAC_READ_SEARCH, which this call needs: a process that lacks it must not be killed by a seccomp filter for the attempt.
 */
export function cgroupLookup(): CgroupLookup | undefined {
  return lacking(['CAP_DAC_READ_SEARCH']).length === 0 ? (mount, id) => binding.cgroupPath(mount, id) : undefined
}
