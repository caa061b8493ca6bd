import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { systemError } from '../internal/system-error.js'
import { type Mapping, readStart } from './mappings.js'

// fcntl.h: names a file without opening it, so that its type is known before anything is opened. Node has no name for it.
const O_PATH = 0o10000000

const mostMounts = 1 << 20

/**
 * Opens the file that a process has mapped, for reading; undefined when that cannot be found or is no regular file.
 *
 * The process may have put anything in the file's place since: a pipe that lets its reader wait, a device that acts when it is opened,
 * a link to a file outside of the process's root. So the mapping itself is opened, which takes CAP_CHECKPOINT_RESTORE or
 * CAP_SYS_ADMIN; whoever lacks both gets what stands at the path, if that is the same file.
 *
 * @throws {BpfError} when this process has no descriptor or no memory left: that says nothing of the file.
 */
export function openMapped(pid: number, mapping: Mapping): number | undefined {
  const range = `${mapping.start.toString(16)}-${mapping.end.toString(16)}`
  return (
    openIfSame(mapping, `/proc/${pid}/map_files/${range}`, 0, pid) ??
    openIfSame(mapping, `/proc/${pid}/root${mapping.file}`, constants.O_NOFOLLOW, pid) ??
    openIfSame(mapping, `${mapping.file}`, constants.O_NOFOLLOW, 'self')
  )
}

/** @param viewer The process in whose mounts the file is. */
function openIfSame(mapping: Mapping, path: string, flags: number, viewer: number | 'self'): number | undefined {
  let named: number | undefined
  try {
    named = openSync(path, O_PATH | flags)
    const found = fstatSync(named, { bigint: true })
    if (!found.isFile() || found.ino !== mapping.inode) return undefined
    if (deviceName(found.dev) !== mapping.device && !hidesDevice(mapping, named, viewer)) return undefined
    // Without O_NONBLOCK whoever holds a lease on the file would keep us waiting.
    return openSync(`/proc/self/fd/${named}`, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    if (['EMFILE', 'ENFILE', 'ENOMEM'].includes(code)) throw systemError(cause, `open ${mapping.file}`)
    return undefined
  } finally {
    if (named !== undefined) closeSync(named)
  }
}

/**
 * Whether the file's system shows another device to stat(2) than to the mapping: btrfs does, one for each subvolume, where the mount
 * has the mapping's; and overlayfs before Linux 6.8, whose mappings have the device of the layer.
 */
function hidesDevice({ device }: Mapping, named: number, viewer: number | 'self'): boolean {
  const mount = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${named}`, 'latin1'))?.[1]
  const mounts = readStart(`/proc/${viewer}/mountinfo`, mostMounts).toString('latin1')
  const line = new RegExp(`^${mount} \\d+ (\\d+):(\\d+) .* - (\\S+) `, 'm').exec(mounts)
  return line !== null && (line[3] === 'overlay' || shown(Number(line[1]), Number(line[2])) === device)
}

/** As /proc/PID/maps writes it, of the number that makedev(3) has put together. */
function deviceName(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn)
  return shown(Number(major), Number(minor))
}

const shown = (major: number, minor: number) => [major, minor].map((n) => n.toString(16).padStart(2, '0')).join(':')
