import { BtfError } from './error.js'
import type { Header } from './header.js'
import type { KindLayout } from './kind-layout.js'

/** The size of struct btf_type: name_off, info, and size or type. */
export const typeHeaderSize = 12

/**
 * The fields of struct btf_type's info. Linux commit f7a6b9eaff3e gave kind two more bits and vlen eight more; all of them had to be zero
 * before.
 */
export const kindOf = (info: number): number => (info >>> 24) & 0x7f
export const vlenOf = (info: number): number => info & 0xffffff
export const kindFlagOf = (info: number): boolean => info >>> 31 === 1

/**
 * The offset of each type, by its number in the section. Only lengths are read: a type is decoded when it is needed.
 */
export function indexTypes(
  view: DataView,
  { littleEndian, types }: Header,
  layouts: readonly KindLayout[],
  firstId: number,
): Uint32Array {
  const offsets = new Uint32Array(Math.floor(types.length / typeHeaderSize))
  const end = types.offset + types.length
  let count = 0
  for (let at = types.offset; at < end; ) {
    const where = { type: firstId + count, offset: at }
    if (end - at < typeHeaderSize) throw new BtfError('the type section ends inside a type', where)
    const info = view.getUint32(at + 4, littleEndian)
    const kind = kindOf(info)
    const layout = layouts[kind]
    if (kind === 0 || !layout) {
      throw new BtfError(
        `kind ${kind} is not known, nor does the BTF say how long it is, so nothing after it can be read`,
        where,
      )
    }
    offsets[count++] = at
    at += typeHeaderSize + layout.fixed + layout.each * vlenOf(info)
    if (at > end) throw new BtfError(`${vlenOf(info)} elements reach past the end of the type section`, where)
  }
  return offsets.slice(0, count)
}
