import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'

/** Byte offsets of a struct's members by name, from the object's BTF, so they match the compiled programs. */
export function memberOffsets(btf: Btf, struct: string): Record<string, number> {
  const type = btf.findByName(struct, 'STRUCT')
  if (type?.kind !== 'STRUCT') throw new TypeError(`the object's BTF has no struct ${struct}`)
  return Object.fromEntries(type.members.map((member) => [member.name, member.bitOffset / 8]))
}

/** An unsigned 64-bit counter as a number: this costs half as much as a bigint, and no packet or byte counter reaches 2^53. */
export function u64(view: DataView, offset: number): number {
  const low = view.getUint32(offset + (littleEndian ? 0 : 4), littleEndian)
  const high = view.getUint32(offset + (littleEndian ? 4 : 0), littleEndian)
  const value = high * 0x1_0000_0000 + low
  if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`counter ${high}·2^32 + ${low} is above 2^53`)
  return value
}
