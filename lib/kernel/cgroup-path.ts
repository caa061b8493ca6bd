import { binding } from '../internal/binding.js'
import { lacking } from '../internal/capabilities.js'

/** The path of the directory of a cgroup v2, with the mount; undefined when the cgroup is gone. */
export type CgroupLookup = (mount: string, id: number) => string | undefined

/**
 * Finds a cgroup by its id, which is the handle of its directory too: one system call, however many there are. Undefined without
 * CAP_DAC_READ_SEARCH, which that needs: a process that lacks it makes no call that a seccomp filter may end it for.
 */
export function cgroupLookup(): CgroupLookup | undefined {
  return lacking(['CAP_DAC_READ_SEARCH']).length === 0 ? (mount, id) => binding.cgroupPath(mount, id) : undefined
}
