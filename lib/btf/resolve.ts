import { BtfError } from './error.js'
import type { BtfType } from './types.js'

/** What looks types up by id: a `Btf`. */
export interface TypeSource {
  type(id: number): BtfType
}

/** Levels of reference or nesting that are followed. The kernel and libbpf stop at 32 (MAX_RESOLVE_DEPTH). */
export const maximumDepth = 64

/** BPF is a 64-bit machine whatever the host, and BTF does not record the size of a pointer. */
export const pointerSize = 8

/**
 * Follows typedefs, qualifiers and type tags to the type that they stand for; each that is passed is shown to `onPass`.
 * Throws BtfError where they go round in a circle.
 */
export function resolveType(source: TypeSource, id: number, onPass?: (type: BtfType) => void): BtfType {
  let type = source.type(id)
  for (let depth = 0; depth < maximumDepth; depth++) {
    switch (type.kind) {
      case 'TYPEDEF':
      case 'CONST':
      case 'VOLATILE':
      case 'RESTRICT':
      case 'TYPE_TAG':
        onPass?.(type)
        type = source.type(type.type)
        break
      default:
        return type
    }
  }
  throw new BtfError(`refers to itself, or through more than ${maximumDepth} others`, { type: id })
}

/**
 * Bytes of a value of the type. Throws BtfError for what has none: void, a function, a struct that is only declared.
 */
export function sizeOfType(source: TypeSource, id: number): number {
  let count = 1
  for (let depth = 0, at = id; depth < maximumDepth; depth++) {
    const type = resolveType(source, at)
    switch (type.kind) {
      case 'ARRAY':
        count *= type.length
        at = type.type
        break
      case 'VAR':
        at = type.type
        break
      case 'PTR':
        return checked(count * pointerSize, id)
      case 'INT':
      case 'STRUCT':
      case 'UNION':
      case 'ENUM':
      case 'ENUM64':
      case 'FLOAT':
      case 'DATASEC':
        return checked(count * type.size, id)
      default:
        throw new BtfError(`${type.kind} ${type.name || '(anonymous)'} has no size`, { type: type.id })
    }
  }
  throw new BtfError(`nests more than ${maximumDepth} arrays`, { type: id })
}

function checked(size: number, type: number): number {
  // NaN: nothing times infinity, from lengths that overflow before a 0 among them.
  if (size <= 0xffffffff) return size
  throw new BtfError(`is larger than 4 GiB`, { type })
}
