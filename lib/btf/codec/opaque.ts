import type { Btf } from '../btf.js'
import { BtfError } from '../error.js'
import { maximumDepth } from '../resolve.js'
import type { BtfComposite, BtfMember } from '../types.js'
import type { BytesNode } from './plan.js'

/*
 * Members that cannot be decoded by their type. Compilers leave the type out where BTF has no way to write it: of an `_Atomic` member,
 * of a C++ base class. One such member is not to make the others unreadable: it is bytes.
 */

const decodable = new Set(['INT', 'ENUM', 'ENUM64', 'PTR', 'STRUCT', 'UNION', 'DATASEC'])

/** Whether nothing could be made of a value of the type, or of an array's elements, but bytes. */
export function isOpaque(btf: Btf, id: number): boolean {
  let type = btf.resolve(id)
  if (type.kind === 'VAR') type = btf.resolve(type.type)
  // One that holds itself is no member of this kind; planning says what is wrong with it.
  for (let depth = 0; type.kind === 'ARRAY' && depth < maximumDepth; depth++) type = btf.resolve(type.type)
  if (type.kind === 'FLOAT') return type.size !== 4 && type.size !== 8
  if (type.kind === 'INT') return ![1, 2, 4, 8, 16].includes(type.size)
  return type.kind !== 'ARRAY' && !decodable.has(type.kind)
}

/** The bytes of a member whose type is unknown: up to where the next one begins, padding included. */
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
 * Names for members without one that are opaque, which the base classes of C++ are: `base`, `base2`, … or, where the struct has such
 * a member, with an underscore more.
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
