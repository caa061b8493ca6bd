import { show } from '../arguments.js'
import { littleEndian } from '../internal/byte-order.js'
import type { BytesCodec } from './codec.js'

/** A file descriptor, or a handle that has one: a map, a program, a `FileHandle`. */
export type Descriptor = number | { readonly fd: number }

/** A value of a devmap or a cpumap whose values have 8 bytes: it can name a program to run on the redirected packets. */
export interface RedirectTarget {
  /** For a devmap, the index of the interface; for a cpumap, the number of frames that the CPU's queue holds. */
  readonly target: number
  /** The program to run. Set as a handle or descriptor, read as an id; none by default. Linux 5.8 (devmap), 5.9 (cpumap). */
  readonly program?: Descriptor
}

function fdOf(value: unknown, what: string): number {
  const fd = typeof value === 'number' ? value : (value as { fd?: unknown } | null | undefined)?.fd
  if (typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 && fd <= 0x7fff_ffff) return fd
  throw new TypeError(`${what} is set by its handle or its descriptor, not ${show(value)}`)
}

/** A key that is a descriptor. */
export function descriptorKey(mapName: string): BytesCodec<Descriptor> {
  return {
    encode(value) {
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setInt32(0, fdOf(value, `a key of map ${mapName}`), littleEndian)
      return bytes
    },
    decode: (_bytes, view, offset) => view.getInt32(offset, littleEndian),
  }
}

/**
 * A value that is set as a descriptor and read as an id, or as a socket's cookie if it has 8 bytes. If this package has handles for the
 * values, a number is rejected: it could be an id that was read.
 */
export function descriptorValue(mapName: string, size: number, ofHandles: boolean): BytesCodec<unknown> {
  return {
    encode(value) {
      const bytes = new Uint8Array(size)
      const view = new DataView(bytes.buffer)
      if (ofHandles && typeof value === 'number') {
        throw new TypeError(`a value of map ${mapName} is set by its handle, not ${value}`)
      }
      const fd = fdOf(value, `a value of map ${mapName}`)
      if (size === 8) view.setBigUint64(0, BigInt(fd), littleEndian)
      else view.setUint32(0, fd, littleEndian)
      return bytes
    },
    decode: (_bytes, view, offset) =>
      size === 8 ? view.getBigUint64(offset, littleEndian) : view.getUint32(offset, littleEndian),
  }
}

/** `struct bpf_devmap_val` and `struct bpf_cpumap_val`: a number and, in 8 bytes, a program. */
export function redirectValue(mapName: string, size: number): BytesCodec<number | RedirectTarget> {
  return {
    encode(value) {
      const { target, program } = typeof value === 'number' ? { target: value } : (value ?? {})
      if (!Number.isInteger(target) || (target as number) < 0 || (target as number) > 0xffff_ffff) {
        throw new TypeError(`a value of map ${mapName} must be a number or have a 'target', not ${show(value)}`)
      }
      if (size < 8 && program !== undefined) {
        throw new RangeError(`a value of map ${mapName} has no room for a program: its size must be 8, not ${size}`)
      }
      const bytes = new Uint8Array(size)
      const view = new DataView(bytes.buffer)
      view.setUint32(0, target as number, littleEndian)
      if (size >= 8) view.setInt32(4, program === undefined ? -1 : fdOf(program, 'a program'), littleEndian)
      return bytes
    },
    decode(_bytes, view, offset) {
      const target = view.getUint32(offset, littleEndian)
      if (size < 8) return target
      const program = view.getUint32(offset + 4, littleEndian)
      return program === 0 ? { target } : { target, program }
    },
  }
}
