import { requireInstance, show } from '../arguments.js'
import { littleEndian } from '../internal/byte-order.js'
import type { SizedCodec } from './codec.js'
import { codecInPlace, type InPlace } from './in-place.js'

function integer(size: 1 | 2 | 4, signed: boolean): SizedCodec<number> {
  const bits = size * 8
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
  const name = `${signed ? 'i' : 'u'}${bits}`
  const read = `get${signed ? 'Int' : 'Uint'}${bits}` as 'getUint32'
  const write = `set${signed ? 'Int' : 'Uint'}${bits}` as 'setUint32'
  return scalar(
    size,
    (value, view) => {
      if (typeof value !== 'number') throw new TypeError(`a ${name} must be a number, not ${show(value)}`)
      if (!Number.isInteger(value) || value < least || value > most) {
        throw new RangeError(`a ${name} must be an integer from ${least} to ${most}, not ${value}`)
      }
      view[write](0, value, littleEndian)
    },
    (view, offset) => view[read](offset, littleEndian),
  )
}

function bigInteger(signed: boolean): SizedCodec<bigint> {
  const name = signed ? 'i64' : 'u64'
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN
  return scalar(
    8,
    (value, view) => {
      if (typeof value !== 'bigint') throw new TypeError(`a ${name} must be a bigint, not ${show(value)}`)
      if (wrap(64, value) !== value) throw new RangeError(`a ${name} cannot be ${value}`)
      view.setBigUint64(0, BigInt.asUintN(64, value), littleEndian)
    },
    (view, offset) => (signed ? view.getBigInt64(offset, littleEndian) : view.getBigUint64(offset, littleEndian)),
  )
}

function scalar<T>(
  size: number,
  write: (value: T, view: DataView) => void,
  read: (view: DataView, offset: number) => T,
): SizedCodec<T> {
  const inPlace: InPlace<T> = {
    into: (value, _bytes, view) => write(value, view),
    over: (_bytes, view) => (offset) => read(view, offset),
  }
  return codecInPlace(size, inPlace, (_bytes, view, offset) => read(requireInstance(view, DataView, 'view'), offset))
}

// Codecs for C's integers, for maps that are created without an object.
/** Codec for an unsigned integer of 1 byte. */
export const u8: SizedCodec<number> = integer(1, false)
/** Codec for a signed integer of 1 byte. */
export const i8: SizedCodec<number> = integer(1, true)
/** Codec for an unsigned integer of 2 bytes, in the machine's byte order. */
export const u16: SizedCodec<number> = integer(2, false)
/** Codec for a signed integer of 2 bytes, in the machine's byte order. */
export const i16: SizedCodec<number> = integer(2, true)
/** Codec for an unsigned integer of 4 bytes, in the machine's byte order. */
export const u32: SizedCodec<number> = integer(4, false)
/** Codec for a signed integer of 4 bytes, in the machine's byte order. */
export const i32: SizedCodec<number> = integer(4, true)
/** Codec for an unsigned integer of 8 bytes, a `bigint`, in the machine's byte order. */
export const u64: SizedCodec<bigint> = bigInteger(false)
/** Codec for a signed integer of 8 bytes, a `bigint`, in the machine's byte order. */
export const i64: SizedCodec<bigint> = bigInteger(true)
