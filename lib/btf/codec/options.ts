import { type OptionNames, requireObject, show } from '../../arguments.js'
import { misspelt } from '../../nearest.js'
import { printable } from '../../printable.js'
import type { Btf } from '../btf.js'
import { FormatTrees } from './format-tree.js'
import type { FieldFormats } from './formats.js'

/** How values are decoded. */
export interface CodecOptions {
  /**
   * What 64-bit integers, and bit-fields wider than 32 bits, decode to. `number` is faster than `bigint`, but throws RangeError for a value
   * beyond 2^53 - 1 instead of rounding it, even in an unused member of a union. Pointers and 128-bit integers are always `bigint`.
   * Encoding always accepts both. Default: `bigint`.
   */
  readonly int64?: 'bigint' | 'number'
  /**
   * What arrays of `char` decode to: a Uint8Array of all bytes, or the text up to the first NUL, as UTF-8; bytes that are not valid UTF-8
   * are then lost. Encoding accepts both. Default: `bytes`.
   */
  readonly charArrays?: 'bytes' | 'string'
  /** What enums decode to. A value without a name stays a number. Encoding accepts both. Default: `number`. */
  readonly enums?: 'number' | 'name'
  /** The byte order of values. `__be16`, `__be32`, `__be64` and `__le*` keep their own. Default: the BTF's. */
  readonly byteOrder?: 'little' | 'big'
  /**
   * What `struct in_addr` and `struct in6_addr` decode to: an object with their fields, or the address as text. Encoding takes the same.
   * Default: `struct`.
   */
  readonly addresses?: 'struct' | 'text'
  /**
   * What individual fields decode to, by dotted path: `{ saddr: 'ipv4', 'stats.comm': 'string' }`. The elements of an array have the path
   * of the array, and the empty path is the value itself. In a map's options, a path starts with `key` or `value`; in an object's options,
   * with the name of a global. A path that is not a field, or a format that does not fit, throws TypeError.
   */
  readonly fields?: FieldFormats
  /**
   * What types decode to, wherever they occur, by the name of a struct or typedef, or of a field of it:
   * `{ ktime_t: 'number', 'flow_key.saddr': 'ipv6' }`. `fields` takes precedence. A type that does not occur is ignored. A type that seems
   * misspelt throws TypeError: the BTF lacks it, but has one with a similar name. A field that its type lacks throws TypeError too.
   */
  readonly types?: FieldFormats
}

/** The names of the options, for other code to check its options with. */
export const codecOptions: OptionNames<CodecOptions> = {
  int64: true,
  charArrays: true,
  enums: true,
  byteOrder: true,
  addresses: true,
  fields: true,
  types: true,
}

export interface Settings extends Required<Pick<CodecOptions, 'int64' | 'charArrays' | 'enums'>> {
  readonly littleEndian: boolean
  readonly formats: FormatTrees
}

const addressTypes: FieldFormats = { in_addr: 'ipv4', in6_addr: 'ipv6' }

/** `options`, with `defaults` for those that are missing. The `fields` of `defaults` apply to something else, and are ignored. */
export function overDefaults<O extends CodecOptions>({ fields: _, ...defaults }: CodecOptions, options: O): O {
  requireObject(options)
  const types = { ...defaults.types, ...options.types }
  return { ...defaults, ...options, types }
}

/** Fills in the defaults. Throws TypeError for an invalid value. */
export function settingsOf(btf: Btf, options: CodecOptions): Settings {
  const types = mapping('types', options.types)
  requireTypes(btf, types)
  return {
    int64: choose('int64', options.int64, ['bigint', 'number']),
    charArrays: choose('charArrays', options.charArrays, ['bytes', 'string']),
    enums: choose('enums', options.enums, ['number', 'name']),
    littleEndian: choose('byteOrder', options.byteOrder ?? btf.byteOrder, ['little', 'big']) === 'little',
    formats: new FormatTrees(
      mapping('fields', options.fields),
      choose('addresses', options.addresses, ['struct', 'text']) === 'text' ? { ...addressTypes, ...types } : types,
    ),
  }
}

/**
 * A type that does not exist is ignored, because the same options may be used for several objects. But a type with a similar name to an
 * existing one is probably misspelt, and would silently have no effect.
 */
function requireTypes(btf: Btf, types: FieldFormats): void {
  for (const path of Object.keys(types)) {
    const [name = ''] = path.split('.')
    if (integerName.test(name) || btf.findByName(name) !== undefined) continue
    const meant = misspelt(name, typeNames(btf))
    if (meant === undefined) continue
    throw new TypeError(`option types: the BTF has no type '${printable(name)}'; did you mean '${printable(meant)}'?`)
  }
}

// Names of integer types are always similar: `__u16` and `__s16`.
const integerName = /^_*([usi]|be|le)\d+$/

function* typeNames(btf: Btf): Iterable<string> {
  for (const { name } of btf.types()) if (name !== '') yield name
}

function mapping(option: string, value: FieldFormats | undefined): FieldFormats {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null) return value
  throw new TypeError(`option ${option} must be an object of formats, not ${show(value)}`)
}

function choose<T extends string>(option: string, value: T | undefined, [first, second]: readonly [T, T]): T {
  if (value === undefined) return first
  if (value === first || value === second) return value
  throw new TypeError(`option ${option} must be '${first}' or '${second}', not ${show(value)}`)
}
