import { type OptionNames, requireObject, show } from '../../arguments.js'
import { misspelt } from '../../nearest.js'
import { printable } from '../../printable.js'
import type { Btf } from '../btf.js'
import { FormatTrees } from './format-tree.js'
import type { FieldFormats } from './formats.js'

export interface CodecOptions {
  /**
   * What 64-bit integers, and bit-fields wider than 32 bits, decode to. `number` throws RangeError for a value beyond
   * 2^53 - 1, in whichever member of a union, rather than round it; it spares the cost of a bigint. Pointers and
   * 128-bit integers are always `bigint`. Encoding takes either, whatever this says. Default: `bigint`.
   */
  readonly int64?: 'bigint' | 'number'
  /**
   * What arrays of `char` decode to: a Uint8Array of them all, or the text up to the first NUL, as UTF-8; bytes that
   * are no UTF-8 are then lost. Encoding takes either. Default: `bytes`.
   */
  readonly charArrays?: 'bytes' | 'string'
  /** What enums decode to. A value without a name stays a number. Encoding takes either. Default: `number`. */
  readonly enums?: 'number' | 'name'
  /** The order of the bytes. `__be16`, `__be32`, `__be64` and `__le*` keep their own. Default: the BTF's. */
  readonly byteOrder?: 'little' | 'big'
  /**
   * What `struct in_addr` and `struct in6_addr` decode to: an object of their fields, or the address as text, which
   * encoding then takes. Default: `struct`.
   */
  readonly addresses?: 'struct' | 'text'
  /**
   * What single fields decode to, by dotted path: `{ saddr: 'ipv4', 'stats.comm': 'string' }`. An array's elements are
   * on the path of the array, and the empty path is the value itself. In a map's options a path begins with `key` or
   * `value`, in an object's with a global's name. A path without a field throws TypeError, as does a format that does not fit it.
   */
  readonly fields?: FieldFormats
  /**
   * The same by the name of a type, a struct or a typedef, wherever it occurs, or by a field of it:
   * `{ ktime_t: 'number', 'flow_key.saddr': 'ipv6' }`. `fields` go before these. A type that does not occur does not
   * matter, but a misspelt one throws TypeError: one that the BTF has not, and whose name is nearly that of another. So does a
   * field that its type has not.
   */
  readonly types?: FieldFormats
}

/** The names of the options, for those who check theirs. */
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

/** `options` where they say something, else `defaults`, whose `fields` are of something else. */
export function overDefaults<O extends CodecOptions>({ fields: _, ...defaults }: CodecOptions, options: O): O {
  requireObject(options)
  const types = { ...defaults.types, ...options.types }
  return { ...defaults, ...options, types }
}

/** Fills in the defaults; throws TypeError for a value that no option has. */
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
 * A type that is not there does not matter: options may be meant for several objects. But one that is nearly there is a misspelling,
 * which would change nothing in silence.
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

// Those of integers are alike by nature: `__u16` and `__s16`.
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
