import { statfsSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { BpfError } from '../errors.js'

// include/uapi/linux/magic.h, BPF_FS_MAGIC
const bpfFs = 0xcafe4a11

/** @throws {BpfError} unless the path's directory is on a BPF file system: nothing else can be pinned to, or unpinned. */
export function requireBpffs(path: string, operation: string): void {
  if (typeof path !== 'string') throw new TypeError(`a pin's path must be a string, not ${String(path)}`)
  const directory = dirname(path)
  if (statfsSync(directory).type >>> 0 === bpfFs) return
  throw new BpfError({
    code: 'EINVAL',
    errno: 22,
    operation,
    message: `${operation} ${path}: ${directory} is not on a BPF file system; mount one: mount -t bpf bpf /sys/fs/bpf`,
  })
}

/** Removes a pin; what was pinned lives on where a descriptor or another pin holds it. */
export function unpin(path: string): void {
  requireBpffs(path, 'unpin')
  unlinkSync(path)
}
