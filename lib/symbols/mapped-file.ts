import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { isShortage } from '../internal/passing.js'
import { systemError } from '../internal/system-error.js'
import { type Mapping, readStart } from './mappings.js'

// fcntl.h: references a file without opening it, so that its type can be checked before it is opened. Node has no constant for it.
const O_PATH = 0o10000000

const mostMounts = 1 << 20

/**
 * Opens the file that a process has mapped, for reading; undefined if it cannot be found or is not a regular file.
 *
 * Since then, the process may have replaced the file with anything: a pipe that blocks its reader, a device on which opening has effects,
 * a link to a file outside the process's root. Therefore the mapping itself is opened, which needs CAP_CHECKPOINT_RESTORE or
 * CAP_SYS_ADMIN. Without both, the path is opened, if the same file is still there.
 *
 * @throws {BpfError} if this process has run out of descriptors or memory, which says nothing about the file.
 */
export function openMapped(pid: number, mapping: Mapping): number | undefined {
  const range = `${mapping.start.toString(16)}-${mapping.end.toString(16)}`
  return (
    openIfSame(mapping, `/proc/${pid}/map_files/${range}`, 0, pid) ??
    openIfSame(mapping, `/proc/${pid}/root${mapping.file}`, constants.O_NOFOLLOW, pid) ??
    openIfSame(mapping, `${mapping.file}`, constants.O_NOFOLLOW, 'self')
  )
}

/** @param viewer The process whose mounts contain the file. */
function openIfSame(mapping: Mapping, path: string, flags: number, viewer: number | 'self'): number | undefined {
  let named: number | undefined
  try {
    named = openSync(path, O_PATH | flags)
    const found = fstatSync(named, { bigint: true })
    if (!found.isFile() || found.ino !== mapping.inode) return undefined
    if (deviceName(found.dev) !== mapping.device && !hidesDevice(mapping, named, viewer)) return undefined
    // Without O_NONBLOCK this could block on the holder of a lease on the file.
    return openSync(`/proc/self/fd/${named}`, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    // EAGAIN: somebody holds a lease.
    if (isShortage(code) && code !== 'EAGAIN') throw systemError(cause, `open ${mapping.file}`)
    return undefined
  } finally {
    if (named !== undefined) closeSync(named)
  }
}

/**
 * Whether the file system reports a different device in stat(2) than in the mapping. btrfs does: one per subvolume, while the mount has
 * the mapping's device. So does overlayfs before Linux 6.8, whose mappings have the device of the layer.
 */
function hidesDevice({ device }: Mapping, named: number, viewer: number | 'self'): boolean {
  const mount = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${named}`, 'latin1'))?.[1]
  const mounts = readStart(`/proc/${viewer}/mountinfo`, mostMounts).toString('latin1')
  const line = new RegExp(`^${mount} \\d+ (\\d+):(\\d+) .* - (\\S+) `, 'm').exec(mounts)
  return line !== null && (line[3] === 'overlay' || shown(Number(line[1]), Number(line[2])) === device)
}

/** Formats a device number, as made by makedev(3), in the way of /proc/PID/maps. */
function deviceName(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn)
  return shown(Number(major), Number(minor))
}

const shown = (major: number, minor: number) => [major, minor].map((n) => n.toString(16).padStart(2, '0')).join(':')
