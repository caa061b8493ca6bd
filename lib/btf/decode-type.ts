import type { Strings } from './strings.js'
import { kindFlagOf, kindOf, typeHeaderSize, vlenOf } from './type-index.js'
import { type BtfComposite, type BtfLinkage, type BtfType, kindNames } from './types.js'

// enum btf_func_linkage and BTF_VAR_*
const linkages: readonly BtfLinkage[] = ['static', 'global', 'extern']

/**
 * Decodes the type at `at`. The index has checked its length; the ids of other types are checked when they are followed.
 */
export function decodeType(view: DataView, at: number, littleEndian: boolean, strings: Strings, id: number): BtfType {
  const u32 = (offset: number) => view.getUint32(offset, littleEndian)
  const info = u32(at + 4)
  const flag = kindFlagOf(info)
  const size = u32(at + 8)
  const type = size
  const tail = at + typeHeaderSize
  const kind = kindNames[kindOf(info)] ?? 'UNKNOWN'
  const base = { id, name: strings.get(u32(at), id) }
  const nameAt = (offset: number) => strings.get(u32(offset), id)
  const elements = <T>(bytes: number, decode: (offset: number) => T): T[] =>
    Array.from({ length: vlenOf(info) }, (_, i) => decode(tail + i * bytes))

  switch (kind) {
    case 'INT': {
      const encoding = u32(tail)
      const flags = (encoding >>> 24) & 0xf
      return {
        kind,
        ...base,
        size,
        signed: (flags & 1) !== 0,
        char: (flags & 2) !== 0,
        bool: (flags & 4) !== 0,
        bitOffset: (encoding >>> 16) & 0xff,
        bits: encoding & 0xff,
      }
    }
    case 'ARRAY':
      return { kind, ...base, type: u32(tail), indexType: u32(tail + 4), length: u32(tail + 8) }
    case 'STRUCT':
    case 'UNION':
      return { kind, ...base, size, members: elements(12, decodeMember) } satisfies BtfComposite
    case 'ENUM': {
      const value = (offset: number) => (flag ? view.getInt32(offset, littleEndian) : u32(offset))
      return {
        kind,
        ...base,
        size,
        signed: flag,
        values: elements(8, (o) => ({ name: nameAt(o), value: value(o + 4) })),
      }
    }
    case 'ENUM64': {
      const value = (offset: number) => {
        const raw = (BigInt(u32(offset + 4)) << 32n) | BigInt(u32(offset))
        return flag ? BigInt.asIntN(64, raw) : raw
      }
      return {
        kind,
        ...base,
        size,
        signed: flag,
        values: elements(12, (o) => ({ name: nameAt(o), value: value(o + 4) })),
      }
    }
    case 'FWD':
      return { kind, ...base, of: flag ? 'union' : 'struct' }
    case 'FUNC':
      return { kind, ...base, type, linkage: linkages[vlenOf(info)] ?? 'static' }
    case 'FUNC_PROTO':
      return { kind, ...base, type, parameters: elements(8, (o) => ({ name: nameAt(o), type: u32(o + 4) })) }
    case 'VAR':
      return { kind, ...base, type, linkage: linkages[u32(tail)] ?? 'static' }
    case 'DATASEC':
      return {
        kind,
        ...base,
        size,
        variables: elements(12, (o) => ({ type: u32(o), offset: u32(o + 4), size: u32(o + 8) })),
      }
    case 'FLOAT':
      return { kind, ...base, size }
    case 'DECL_TAG':
      return { kind, ...base, type, component: view.getInt32(tail, littleEndian), attribute: flag }
    case 'TYPE_TAG':
      return { kind, ...base, type, attribute: flag }
    case 'UNKNOWN':
      return { kind, ...base, number: kindOf(info) }
    case 'VOID':
      return { kind, ...base }
    default:
      return { kind, ...base, type }
  }

  function decodeMember(offset: number) {
    const place = u32(offset + 8)
    return {
      name: nameAt(offset),
      type: u32(offset + 4),
      bitOffset: flag ? place & 0xffffff : place,
      bitfieldSize: flag ? place >>> 24 : 0,
    }
  }
}
