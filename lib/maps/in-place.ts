import { viewOf } from '../internal/view-of.js'
import type { BytesCodec, SizedCodec } from './codec.js'

/**
 * What codecs of this package can do faster than by `encode` and `decode`. No members of theirs: a codec of the user's, which may be made
 * of one by `{ ...u32, decode }`, must not have them, and gets no memory that is used again.
 */
export interface InPlace<T> {
  /** Encodes into memory that is there already. */
  into(value: T, bytes: Uint8Array, view: DataView): void
  /** Makes what decodes many values in the same memory. */
  over(bytes: Uint8Array, view: DataView): (offset: number) => T
}

const known = new WeakMap<object, InPlace<unknown>>()

export const inPlaceOf = <T>(codec: BytesCodec<T>): InPlace<T> | undefined => known.get(codec) as InPlace<T> | undefined

/** The codec, which now has the faster ways too. */
export function alsoInPlace<T>(codec: BytesCodec<T>, inPlace: InPlace<T>): BytesCodec<T> {
  known.set(codec, inPlace as InPlace<unknown>)
  return codec
}

/** A codec that encodes by `into`. */
export function codecInPlace<T>(size: number, inPlace: InPlace<T>, decode: BytesCodec<T>['decode']): SizedCodec<T> {
  const codec: SizedCodec<T> = {
    size,
    encode(value) {
      const bytes = new Uint8Array(size)
      inPlace.into(value, bytes, viewOf(bytes))
      return bytes
    },
    decode,
  }
  alsoInPlace(codec, inPlace)
  return codec
}

/** Decodes values in one memory, which a codec of the user's sees: it must not be used again. */
export function decoderOver<T>(codec: BytesCodec<T>, bytes: Uint8Array, view: DataView): (offset: number) => T {
  return inPlaceOf(codec)?.over(bytes, view) ?? ((offset) => codec.decode(bytes, view, offset))
}
