import { requireBytes, requireInstance, requireIterable, show } from '../arguments.js'
import { littleEndian } from '../internal/byte-order.js'
import { viewOf } from '../internal/view-of.js'
import { typeName } from '../kernel/type-names.js'
import { flagBits } from '../maps/flags.js'
import { MapHandle } from '../maps/handle.js'
import type { BpfMap } from '../maps/map.js'
import { elementOf } from '../maps/native-element.js'
import { KernelSymbols, kallsyms, type ResolvedSymbol } from './kallsyms.js'
import { ProcessSymbols, type UserFrame } from './process-symbols.js'

/** A frame in the kernel; only its address where no symbol stands before it. */
export type KernelFrame =
  | ({ readonly address: bigint } & ResolvedSymbol)
  | { readonly address: bigint; readonly name?: undefined }

/** A frame in a process by the file that it is in, which stays true when the process has ended. */
export type BuildIdFrame =
  | {
      readonly status: 'valid'
      /** Of the mapped ELF file, in hexadecimal, as `readelf --notes` shows it. */
      readonly buildId: string
      /** Bytes from the start of the file. */
      readonly offset: bigint
    }
  /** Where no file with a build id is mapped, or the kernel could not look at that moment: only the address. */
  | { readonly status: 'ip'; readonly ip: bigint }

/**
 * The addresses of a stack that `bpf_get_stackid` has put in a stack trace map, innermost first.
 *
 * @returns undefined when the map has no stack of that id; negative ids are errors of the helper and have none.
 * @throws {TypeError} for another map, or one of build ids.
 */
export function stackAddresses(map: BpfMap<never, never>, stackId: number): bigint[] | undefined {
  const value = stackOf(map, stackId)
  if (hasBuildIds(map)) throw new TypeError(`map ${map.name} holds build ids instead of addresses: use stackBuildIds()`)
  return value && addressesOf(value)
}

/**
 * The frames of a stack in a process that `bpf_get_stackid` has put in a stack trace map with the flag BPF_F_STACK_BUILD_ID,
 * innermost first. Linux 4.17.
 *
 * @returns undefined when the map has no stack of that id; negative ids are errors of the helper and have none.
 * @throws {TypeError} for another map, or one of addresses.
 */
export function stackBuildIds(map: BpfMap<never, never>, stackId: number): BuildIdFrame[] | undefined {
  const value = stackOf(map, stackId)
  if (!hasBuildIds(map))
    throw new TypeError(`map ${map.name} holds addresses instead of build ids: use stackAddresses()`)
  return value && buildIdsOf(value)
}

/** The value of the stack. */
function stackOf(map: BpfMap<never, never>, stackId: number): Uint8Array | undefined {
  const { type } = requireInstance(map, MapHandle, 'map').native.info
  if (map.kind !== 'stack_trace')
    throw new TypeError(`map ${map.name} holds no stacks: it is of type ${typeName('map', type)}`)
  if (!Number.isInteger(stackId)) throw new RangeError(`a stack's id is an integer, not ${show(stackId)}`)
  if (stackId < 0) return undefined
  const { key, value } = elementOf(map.native)
  key.set(new Uint8Array(new Uint32Array([stackId]).buffer))
  return map.native.lookup(0) ? value.slice() : undefined
}

/** Of a stack trace map. */
const hasBuildIds = (map: BpfMap<never, never>): boolean => (map.native.info.flags & flagBits(['stack_build_id'])) !== 0

/** The addresses that `bpf_get_stack` has written: 64-bit words of this machine's order, ended by a zero. */
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

/** The frames that `bpf_get_stack` has written with the flag BPF_F_USER_BUILD_ID. */
export function buildIdsOf(bytes: Uint8Array): BuildIdFrame[] {
  const view = viewOf(requireBytes(bytes, 'bytes'))
  const frames: BuildIdFrame[] = []
  for (let at = 0; at + entrySize <= bytes.length; at += entrySize) {
    const status = view.getInt32(at, littleEndian)
    if (status === buildIdStatus.empty) break
    const place = view.getBigUint64(at + 4 + buildIdSize, littleEndian)
    // A shorter build id is followed by zeros; who compares it sees the same ones in every stack.
    const buildId = Buffer.from(bytes.subarray(at + 4, at + 4 + buildIdSize)).toString('hex')
    frames.push(
      status === buildIdStatus.valid ? { status: 'valid', buildId, offset: place } : { status: 'ip', ip: place },
    )
  }
  return frames
}

/**
 * The functions of a stack in the kernel.
 *
 * @param symbols What `kallsyms()` returned. Default: it is read now.
 * @throws {PermissionError} where the kernel hides addresses.
 */
export function kernelFrames(addresses: Iterable<bigint>, symbols: KernelSymbols = kallsyms()): KernelFrame[] {
  requireInstance(symbols, KernelSymbols, 'symbols')
  return Array.from(requireIterable(addresses, 'addresses'), (address) => {
    const symbol = symbols.resolve(address)
    return symbol ? { ...symbol, address } : { address }
  })
}

/**
 * The functions of a stack in a process.
 *
 * @param process Its id, or a `ProcessSymbols` to read its files only once for many stacks.
 * @throws {BpfError} ENOENT when there is no such process (any more).
 */
export function userFrames(addresses: Iterable<bigint>, process: number | ProcessSymbols): UserFrame[] {
  const symbols = process instanceof ProcessSymbols ? process : new ProcessSymbols(process)
  return Array.from(requireIterable(addresses, 'addresses'), (address) => symbols.resolve(address))
}
