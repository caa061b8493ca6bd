import type { Btf } from '../btf.js'
import { BtfError } from '../error.js'
import { maximumDepth } from '../resolve.js'
import type { BtfComposite, BtfMember } from '../types.js'
import type { BytesNode } from './plan.js'

/*
 * Members that cannot be decoded by their type. Compilers leave out a type that BTF cannot express: that of an `_Atomic` member or of a C++
 * base class. Such a member must not make the others unreadable, so it is decoded as bytes.
 */

const decodable = new Set(['INT', 'ENUM', 'ENUM64', 'PTR', 'STRUCT', 'UNION', 'DATASEC'])

/** Whether a value of the type, or an array of it, can only be decoded as bytes. */
export function isOpaque(btf: Btf, id: number): boolean {
  let type = btf.resolve(id)
  if (type.kind === 'VAR') type = btf.resolve(type.type)
  // An array that contains itself is not opaque: planning reports what is wrong with it.
  for (let depth = 0; type.kind === 'ARRAY' && depth < maximumDepth; depth++) type = btf.resolve(type.type)
  if (type.kind === 'FLOAT') return type.size !== 4 && type.size !== 8
  if (type.kind === 'INT') return ![1, 2, 4, 8, 16].includes(type.size)
  return type.kind !== 'ARRAY' && !decodable.has(type.kind)
}

/** The bytes of a member whose type is unknown: up to the next member, including padding. */
export function opaqueNode(btf: Btf, parent: BtfComposite, member: BtfMember): BytesNode {
  return bytesNode(knownSize(btf, member.type) ?? roomOf(parent, member))
}

export const bytesNode = (size: number): BytesNode => ({ kind: 'bytes', size, length: size, char: false, text: false })

function roomOf({ kind, size, members }: BtfComposite, { bitOffset }: BtfMember): number {
  const later = kind === 'UNION' ? [] : members.map((each) => each.bitOffset).filter((offset) => offset > bitOffset)
  return Math.floor((Math.min(size * 8, ...later) - bitOffset) / 8)
}

function knownSize(btf: Btf, id: number): number | undefined {
  try {
    return btf.sizeOf(id)
  } catch (error) {
    if (error instanceof BtfError) return undefined
    throw error
  }
}

/**
 * Names for opaque members without a name, such as the base classes of C++: `base`, `base2`, … If the struct has a member of that name, an
 * underscore is appended.
 */
export function baseNames({ members }: BtfComposite, isBase: (member: BtfMember) => boolean): Map<BtfMember, string> {
  const taken = new Set(members.map(({ name }) => name))
  const names = new Map<BtfMember, string>()
  for (const member of members) {
    if (member.name !== '' || !isBase(member)) continue
    let name = names.size === 0 ? 'base' : `base${names.size + 1}`
    while (taken.has(name)) name += '_'
    names.set(member, name)
  }
  return names
}
