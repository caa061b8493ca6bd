import type { Btf } from '../btf.js'

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
}

export interface Settings extends Required<Omit<CodecOptions, 'byteOrder'>> {
  readonly littleEndian: boolean
}

/** Fills in the defaults; throws TypeError for a value that no option has. */
export function settingsOf(btf: Btf, options: CodecOptions): Settings {
  return {
    int64: choose('int64', options.int64, ['bigint', 'number']),
    charArrays: choose('charArrays', options.charArrays, ['bytes', 'string']),
    enums: choose('enums', options.enums, ['number', 'name']),
    littleEndian: choose('byteOrder', options.byteOrder ?? btf.byteOrder, ['little', 'big']) === 'little',
  }
}

function choose<T extends string>(option: string, value: T | undefined, [first, second]: readonly [T, T]): T {
  if (value === undefined) return first
  if (value === first || value === second) return value
  throw new TypeError(`option ${option} must be '${first}' or '${second}', not ${String(value)}`)
}
