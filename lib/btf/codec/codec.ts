import { requireInstance, requireObject, show } from '../../arguments.js'
import { Btf } from '../btf.js'
import { type Decode, generateDecode, type Limit } from './generate.js'
import { settle } from './mismatch.js'
import { type CodecOptions, settingsOf } from './options.js'
import { isFlexible, minimumOf, type Node } from './plan.js'
import { mayThrow } from './plan-format.js'
import { Planner } from './planner.js'
import { ClosureReaders } from './read.js'
import { Writers } from './write.js'

/** Turns the bytes of one type into a JavaScript value and back. */
export interface Codec<T = unknown> {
  /** `sizeof`: without what a flexible array at the end adds. */
  readonly size: number
  /** Whether the type ends in a flexible array, C's `__u8 data[]`. */
  readonly flexible: boolean
  /**
   * Decodes the record at `offset`, which has `length` bytes: `size` unless said otherwise, but a flexible type must be
   * told. The value shares no memory with the view. Throws RangeError when the bytes are too few, and when `int64:
   * 'number'` meets a value that is not exact as a number.
   */
  decode(view: DataView, offset: number, length?: number): T
  /**
   * Writes `value` over the bytes at `offset`, padding zeroed. Throws TypeError for a field that is missing, unknown or
   * of the wrong type and RangeError for a value that does not fit, with the path of the field; the bytes are then
   * undefined.
   */
  encode(value: T, view: DataView, offset: number): void
}

/** Makes the function that decodes a type. `guarded`: whether decoding may throw for the sake of a value. */
export type DecoderMaker = (node: Node, limit: Limit, guarded: boolean) => Decode

/**
 * Compiles a codec for a type, a struct or any other, or for a data section with all its variables. A struct becomes an
 * object whose anonymous members' fields are its own; a union an object with each of its members, of which one suffices
 * to encode it; arrays of unsigned bytes and of `char` become Uint8Arrays, other arrays plain ones; pointers, 64-bit
 * and 128-bit integers `bigint`. Typedefs `__be16`, `__be32` and `__be64` are read as the big-endian numbers that they
 * are. Throws BtfError for a type without values: a function, a struct that is only declared.
 */
export function compileCodec<T = unknown>(btf: Btf, type: number, options: CodecOptions = {}): Codec<T> {
  requireInstance(btf, Btf, 'btf')
  return codecWith(makeDecoder, btf, type, requireObject(options)) as Codec<T>
}

export function codecWith(makeDecoder: DecoderMaker, btf: Btf, type: number, options: CodecOptions): Codec {
  const settings = settingsOf(btf, options)
  const node = new Planner(btf, settings).planRoot(type)
  const { size } = node
  const write = new Writers().of(node)
  return {
    size,
    flexible: isFlexible(node),
    decode: makeDecoder(node, limitOf(node), mayThrow(node)),
    encode(value, view, offset) {
      checkRange(view, offset, size)
      new Uint8Array(view.buffer, view.byteOffset + offset, size).fill(0)
      try {
        write(value, view, offset)
      } catch (error) {
        throw settle(error)
      }
    },
  }
}

const makeDecoder: DecoderMaker = (node, limit, guarded) => {
  try {
    return generateDecode(node, limit, guarded)
  } catch (error) {
    // node --disallow-code-generation-from-strings
    if (error instanceof EvalError) return closureDecode(node, limit)
    throw error
  }
}

export const closureDecode = (node: Node, limit: Limit): Decode => {
  const read = new ClosureReaders().of(node)
  return (view, offset, length) => {
    const end = limit(view, offset, length)
    try {
      return read(view, offset, end)
    } catch (error) {
      throw settle(error)
    }
  }
}

function limitOf(node: Node): Limit {
  const minimum = minimumOf(node)
  const fixed = isFlexible(node) ? undefined : node.size
  return (view, offset, length = fixed) => {
    if (length === undefined)
      throw new TypeError('the length of the record is needed: its type ends in a flexible array')
    if (!(length >= minimum))
      throw new RangeError(`a record of ${show(length)} bytes is too short for its type, which has ${minimum}`)
    checkRange(view, offset, length)
    return offset + length
  }
}

function checkRange(view: DataView, offset: number, length: number): void {
  if (!(view instanceof DataView)) throw new TypeError(`expected a DataView, not ${show(view)}`)
  if (offset >= 0 && offset + length <= view.byteLength) return
  throw new RangeError(
    `${length} bytes at offset ${show(offset)} are not within the view, which has ${view.byteLength}`,
  )
}
