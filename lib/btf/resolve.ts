import { BtfError } from './error.js'
import type { BtfType } from './types.js'

/** Looks up types by id; a `Btf` is one. */
export interface TypeSource {
  /** Returns the type with an id. */
  type(id: number): BtfType
}

/** How many levels of reference or nesting are followed. The kernel and libbpf stop at 32 (MAX_RESOLVE_DEPTH). */
export const maximumDepth = 64

/** BPF is a 64-bit machine, whatever the host is. BTF does not record the size of a pointer. */
export const pointerSize = 8

/**
 * Follows typedefs, qualifiers and type tags to the type behind them, and calls `onPass` with each on the way. Throws BtfError if they
 * form a cycle.
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
 * The size of a value of the type in bytes. Throws BtfError for a type without a size: void, a function, a struct that is only declared.
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
  // NaN too: 0 times infinity, if lengths overflow before a length of 0.
  if (size <= 0xffffffff) return size
  throw new BtfError(`is larger than 4 GiB`, { type })
}
