import { requireBytes, requireInstance, requireIterable, show } from '../arguments.js'
import { littleEndian } from '../internal/byte-order.js'
import { viewOf } from '../internal/view-of.js'
import { flagBits } from '../maps/flags.js'
import { MapHandle } from '../maps/handle.js'
import type { BpfMap } from '../maps/map.js'
import { elementOf } from '../maps/native-element.js'
import { mapTypes } from '../maps/types.js'
import { KernelSymbols, kallsyms, type ResolvedSymbol } from './kallsyms.js'
import { ProcessSymbols, type UserFrame } from './process-symbols.js'

/** A stack frame in the kernel; only its address if there is no symbol before it. */
export type KernelFrame =
  | ({ readonly address: bigint } & ResolvedSymbol)
  | { readonly address: bigint; readonly name?: undefined }

/** A stack frame in a process, identified by its file's build id; still meaningful after the process has ended. */
export type BuildIdFrame =
  | {
      readonly status: 'valid'
      /** The build id of the mapped ELF file in hexadecimal, as `readelf --notes` shows it. */
      readonly buildId: string
      /** Bytes from the start of the file. */
      readonly offset: bigint
    }
  /** Only the address: no file with a build id is mapped there, or the kernel could not read it at that moment. */
  | { readonly status: 'ip'; readonly ip: bigint }

/**
 * Returns the addresses of a stack that `bpf_get_stackid` stored in a stack trace map, innermost first.
 *
 * @returns undefined if the map has no stack of that id. Negative ids are errors from the helper, and have no stack.
 * @throws {TypeError} if it is not a stack trace map, or one with build ids.
 */
export function stackAddresses(map: BpfMap<never, never>, stackId: number): bigint[] | undefined {
  const value = stackOf(map, stackId)
  if (hasBuildIds(map)) throw new TypeError(`map ${map.name} holds build ids instead of addresses: use stackBuildIds()`)
  return value && addressesOf(value)
}

/**
 * Returns the frames of a process's stack that `bpf_get_stackid` stored in a stack trace map with the flag BPF_F_STACK_BUILD_ID,
 * innermost first. Linux 4.17.
 *
 * @returns undefined if the map has no stack of that id. Negative ids are errors from the helper, and have no stack.
 * @throws {TypeError} if it is not a stack trace map, or one with addresses.
 */
export function stackBuildIds(map: BpfMap<never, never>, stackId: number): BuildIdFrame[] | undefined {
  const value = stackOf(map, stackId)
  if (!hasBuildIds(map))
    throw new TypeError(`map ${map.name} holds addresses instead of build ids: use stackAddresses()`)
  return value && buildIdsOf(value)
}

/** The value of the stack. */
function stackOf(map: BpfMap<never, never>, stackId: number): Uint8Array | undefined {
  const { type, typeId } = requireInstance(map, MapHandle, 'map')
  if (typeId !== mapTypes.stack_trace.id)
    throw new TypeError(`map ${map.name} does not hold stacks: it is of type ${type}`)
  if (!Number.isInteger(stackId)) throw new RangeError(`stackId must be an integer, not ${show(stackId)}`)
  if (stackId < 0) return undefined
  const { key, value } = elementOf(map.native)
  key.set(new Uint8Array(new Uint32Array([stackId]).buffer))
  return map.native.lookup(0) ? value.slice() : undefined
}

/** Whether a stack trace map holds build ids. */
const hasBuildIds = (map: BpfMap<never, never>): boolean => (map.native.info.flags & flagBits(['stack_build_id'])) !== 0

/** Reads the addresses that `bpf_get_stack` wrote: 64-bit words in the machine's byte order, ended by a zero. */
export function addressesOf(bytes: Uint8Array): bigint[] {
  requireBytes(bytes, 'bytes')
  const view = viewOf(bytes)
  const addresses: bigint[] = []
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const address = view.getBigUint64(at, littleEndian)
    if (address === 0n) break
    addresses.push(address)
  }
  return addresses
}

// include/uapi/linux/bpf.h: struct bpf_stack_build_id is a status of 4 bytes, a build id and an offset or an address.
const buildIdSize = 20
const entrySize = 4 + buildIdSize + 8
const buildIdStatus = { empty: 0, valid: 1 } as const

/** Reads the frames that `bpf_get_stack` wrote with the flag BPF_F_USER_BUILD_ID. */
export function buildIdsOf(bytes: Uint8Array): BuildIdFrame[] {
  const view = viewOf(requireBytes(bytes, 'bytes'))
  const frames: BuildIdFrame[] = []
  for (let at = 0; at + entrySize <= bytes.length; at += entrySize) {
    const status = view.getInt32(at, littleEndian)
    if (status === buildIdStatus.empty) break
    const place = view.getBigUint64(at + 4 + buildIdSize, littleEndian)
    // A shorter build id is padded with zeros. They are the same in every stack, so build ids can still be compared.
    const buildId = Buffer.from(bytes.subarray(at + 4, at + 4 + buildIdSize)).toString('hex')
    frames.push(
      status === buildIdStatus.valid ? { status: 'valid', buildId, offset: place } : { status: 'ip', ip: place },
    )
  }
  return frames
}

/**
 * Resolves the addresses of a kernel stack to functions.
 *
 * @param symbols What `kallsyms()` returned. Default: it is read now.
 * @throws {PermissionError} if the kernel hides addresses.
 */
export function kernelFrames(addresses: Iterable<bigint>, symbols: KernelSymbols = kallsyms()): KernelFrame[] {
  requireInstance(symbols, KernelSymbols, 'symbols')
  return Array.from(requireIterable(addresses, 'addresses'), (address) => {
    const symbol = symbols.resolve(address)
    return symbol ? { ...symbol, address } : { address }
  })
}

/**
 * Resolves the addresses of a process's stack to functions.
 *
 * @param process Its id; or a `ProcessSymbols`, to read its files only once for many stacks.
 * @throws {BpfError} ENOENT if there is no such process, or no longer.
 */
export function userFrames(addresses: Iterable<bigint>, process: number | ProcessSymbols): UserFrame[] {
  const symbols = process instanceof ProcessSymbols ? process : new ProcessSymbols(process)
  return Array.from(requireIterable(addresses, 'addresses'), (address) => symbols.resolve(address))
}
