import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'

/** Byte offsets of a struct's members by name, from the object's BTF: what the programs were compiled with. */
export function memberOffsets(btf: Btf, struct: string): Record<string, number> {
  const type = btf.findByName(struct, 'STRUCT')
  if (type?.kind !== 'STRUCT') throw new TypeError(`the object's BTF has no struct ${struct}`)
  return Object.fromEntries(type.members.map((member) => [member.name, member.bitOffset / 8]))
}

/** An unsigned 64-bit counter as a number: half the cost of a bigint, and no counter of packets or bytes reaches 2^53. */
export function u64(view: DataView, offset: number): number {
  const low = view.getUint32(offset + (littleEndian ? 0 : 4), littleEndian)
  const high = view.getUint32(offset + (littleEndian ? 4 : 0), littleEndian)
  const value = high * 0x1_0000_0000 + low
  if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`counter ${high}·2^32 + ${low} is above 2^53`)
  return value
}
