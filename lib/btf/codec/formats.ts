import { didYouMean } from '../../nearest.js'
import { printable } from '../../printable.js'

/**
 * What a field becomes instead of what its type alone would say. One that fits the elements of an array and not the
 * array is meant for each of them.
 *
 * - `number`: of a 64-bit integer or a pointer, RangeError beyond 2^53 - 1; of an enum, whatever `enums` says
 * - `bigint`: of what has more than 32 bits
 * - `boolean`: of any integer, whether it is not 0
 * - `enum`: the enumerator's name, as `enums: 'name'`
 * - `string`: of `char`, `__u8` or `__s8` arrays, as `charArrays: 'string'`
 * - `bytes`: of anything, a Uint8Array of its bytes
 * - `ipv4` (4 bytes), `ipv6` (16) and `mac` (6): the text of an address, whose bytes lie in network order
 * - `ip` (16): as `ipv6`, but IPv4-mapped addresses are the IPv4 ones, `192.0.2.1`
 * - `big-endian`, `little-endian`: of numbers, their byte order
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

/** What a format may be, besides a codec. */
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

/** A codec of one's own for a field, of a copy of its bytes. */
// biome-ignore lint/suspicious/noExplicitAny: fields of one record have codecs of different types
export interface FieldCodec<T = any> {
  decode(bytes: Uint8Array): T
  /** Must give as many bytes as the field has; for a flexible array, any number. */
  encode(value: T): Uint8Array
}

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
 * Divides `fields` whose paths begin with one of `names` among those, the rest of each path being its path there. Throws
 * TypeError for a path that begins otherwise.
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
