import { didYouMean } from '../../nearest.js'
import { printable } from '../../printable.js'

/**
 * How to decode a field, instead of the default for its type. A format that fits the elements of an array, but not the array itself,
 * applies to each element.
 *
 * - `number`: for a 64-bit integer or a pointer, with a RangeError beyond 2^53 - 1; for an enum, its number, regardless of `enums`
 * - `bigint`: for integers of more than 32 bits
 * - `boolean`: for any integer, true if it is not 0
 * - `enum`: the enumerator's name, as with `enums: 'name'`
 * - `string`: for arrays of `char`, `__u8` or `__s8`, as with `charArrays: 'string'`
 * - `bytes`: for any type, its bytes as a Uint8Array
 * - `ipv4` (4 bytes), `ipv6` (16) and `mac` (6): an address as text; the bytes must be in network order
 * - `ip` (16): the same as `ipv6`, but IPv4-mapped addresses are shown as IPv4, `192.0.2.1`
 * - `big-endian`, `little-endian`: the byte order of a number
 */
export type FieldFormat =
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'enum'
  | 'string'
  | 'bytes'
  | 'ipv4'
  | 'ipv6'
  | 'ip'
  | 'mac'
  | 'big-endian'
  | 'little-endian'

/** The named formats; a format may also be a codec. */
export const formatNames: readonly FieldFormat[] = [
  'number',
  'bigint',
  'boolean',
  'enum',
  'string',
  'bytes',
  'ipv4',
  'ipv6',
  'ip',
  'mac',
  'big-endian',
  'little-endian',
]

/** A codec of your own for a field. It gets a copy of the field's bytes. */
// biome-ignore lint/suspicious/noExplicitAny: fields of one record have codecs of different types
export interface FieldCodec<T = any> {
  /** Converts the bytes of the field to a value. */
  decode(bytes: Uint8Array): T
  /** Must return as many bytes as the field has; for a flexible array, any number of bytes. */
  encode(value: T): Uint8Array
}

/** Formats by the path of a field. */
export type FieldFormats = Readonly<Record<string, FieldFormat | FieldCodec>>

export function isFormat(format: unknown): format is FieldFormat | FieldCodec {
  if (typeof format === 'string') return (formatNames as readonly string[]).includes(format)
  const codec = format as Partial<FieldCodec> | null | undefined
  return typeof codec?.decode === 'function' && typeof codec.encode === 'function'
}

const mostListed = 20

const listed = (names: readonly string[]): string =>
  names.length === 0
    ? 'a name, and there is none'
    : `${names.slice(0, mostListed).map(printable).join(' or ')}${names.length > mostListed ? ' or another' : ''}`

/**
 * Divides `fields` by the first part of each path, which must be one of `names`; the rest becomes the path there. Throws TypeError for
 * any other path.
 */
export function divideFields<N extends string>(
  fields: FieldFormats | undefined,
  names: readonly N[],
): Record<N, FieldFormats> {
  const divided = new Map(names.map((name) => [name as string, {} as Record<string, FieldFormats[string]>]))
  for (const [path, format] of Object.entries(fields ?? {})) {
    const [name = '', ...rest] = path.split('.')
    const part = divided.get(name)
    if (!part)
      throw new TypeError(
        `option fields: '${printable(path)}' must begin with ${listed(names)}${didYouMean(name, names, 1)}`,
      )
    part[rest.join('.')] = format
  }
  return Object.fromEntries(divided) as Record<N, FieldFormats>
}
