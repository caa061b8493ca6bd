import { requireBytes, requireInstance, requireIterable, show } from '../arguments.js'
import { littleEndian } from '../internal/byte-order.js'
import { typeName } from '../kernel/type-names.js'
import { MapHandle } from '../maps/handle.js'
import type { BpfMap } from '../maps/map.js'
import { KernelSymbols, kallsyms, type ResolvedSymbol } from './kallsyms.js'
import { ProcessSymbols, type UserFrame } from './process-symbols.js'

/** A frame in the kernel; only its address where no symbol stands before it. */
export type KernelFrame =
  | ({ readonly address: bigint } & ResolvedSymbol)
  | { readonly address: bigint; readonly name?: undefined }

const buildIdFlag = 1 << 5 // BPF_F_STACK_BUILD_ID

/**
 * The addresses of a stack that `bpf_get_stackid` has put in a stack trace map, innermost first.
 *
 * @returns undefined when the map has no stack of that id; negative ids are errors of the helper and have none.
 * @throws {TypeError} for another map, or one of build ids.
 */
export function stackAddresses(map: BpfMap<never, never>, stackId: number): bigint[] | undefined {
  const { type, flags, userValueSize } = requireInstance(map, MapHandle, 'map').native.info
  if (typeName('map', type) !== 'stack_trace' || (flags & buildIdFlag) !== 0) {
    throw new TypeError(`map ${map.name} holds no addresses of stacks: it is of type ${typeName('map', type)}`)
  }
  if (!Number.isInteger(stackId)) throw new RangeError(`a stack's id is an integer, not ${show(stackId)}`)
  if (stackId < 0) return undefined
  const value = new Uint8Array(userValueSize)
  if (!map.native.lookup(new Uint8Array(new Uint32Array([stackId]).buffer), value, 0)) return undefined
  return addressesOf(value)
}

/** The addresses that `bpf_get_stack` has written: 64-bit words of this machine's order, ended by a zero. */
export function addressesOf(bytes: Uint8Array): bigint[] {
  requireBytes(bytes, 'bytes')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const addresses: bigint[] = []
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const address = view.getBigUint64(at, littleEndian)
    if (address === 0n) break
    addresses.push(address)
  }
  return addresses
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
