import { closeSync, openSync, readSync } from 'node:fs'
import { createError } from '../internal/create-error.js'
import { systemError } from '../internal/system-error.js'

/** A line of /proc/PID/maps. */
export interface Mapping {
  /** As the kernel formats it: `fe:00`. */
  readonly device: string
  readonly inode: bigint
  readonly start: bigint
  readonly end: bigint
  readonly fileOffset: number
  readonly file: string | undefined
}

// A process chooses how many mappings it has and how long their paths are: 65,530 mappings with the longest paths would be 270 MB. With
// ordinary paths, they are 5 MB.
const mostText = 16 << 20

/**
 * The current mappings of a process, in order of address.
 *
 * @throws {BpfError} ENOENT if there is no such process; EFBIG if the list is longer than 16 MB.
 */
export function readMappings(pid: number): Mapping[] {
  const operation = `read the mappings of process ${pid}`
  let bytes: Buffer
  try {
    bytes = readStart(`/proc/${pid}/maps`, mostText + 1)
  } catch (cause) {
    throw systemError(cause, operation)
  }
  if (bytes.length > mostText) {
    const message = `${operation}: the list is longer than ${mostText >> 20} MB, the most that is read`
    throw createError({ code: 'EFBIG', errno: 27, operation, message })
  }
  return parseMappings(bytes.toString('utf8'))
}

/** The first bytes of a file in /proc, whose size is only known after reading it. */
export function readStart(path: string, most: number): Buffer {
  const fd = openSync(path, 'r')
  try {
    const pieces: Buffer[] = []
    for (let length = 0; length < most; ) {
      const piece = Buffer.allocUnsafe(Math.min(65_536, most - length))
      const count = readSync(fd, piece)
      if (count === 0) break
      pieces.push(piece.subarray(0, count))
      length += count
    }
    return Buffer.concat(pieces)
  } finally {
    closeSync(fd)
  }
}

/** `7f0c1000-7f0c2000 r-xp 00001000 fe:00 1234   /usr/lib/libc.so.6` */
function parseMappings(text: string): Mapping[] {
  const line = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) (\S+) (\d+) *(.*)$/gm
  return Array.from(text.matchAll(line), ([, start, end, offset = '0', device = '', inode = '0', file]) => ({
    start: BigInt(`0x${start}`),
    end: BigInt(`0x${end}`),
    fileOffset: Number.parseInt(offset, 16),
    device,
    inode: BigInt(inode),
    file: file ? file.replace(/ \(deleted\)$/, '') : undefined,
  }))
}
