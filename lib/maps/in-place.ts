import { viewOf } from '../internal/view-of.js'
import type { BytesCodec, SizedCodec } from './codec.js'

/**
 * Faster alternatives to `encode` and `decode`, which only this package's codecs have. They are not members of the codec: a codec that the
 * user derives from one, such as `{ ...u32, decode }`, must not inherit them, and is never given memory that is reused.
 */
export interface InPlace<T> {
  /** Encodes into existing memory. */
  into(value: T, bytes: Uint8Array, view: DataView): void
  /** Returns a function that decodes many values in the same memory. */
  over(bytes: Uint8Array, view: DataView): (offset: number) => T
}

const known = new WeakMap<object, InPlace<unknown>>()

export const inPlaceOf = <T>(codec: BytesCodec<T>): InPlace<T> | undefined => known.get(codec) as InPlace<T> | undefined

/** Registers the faster alternatives for a codec, and returns the codec. */
export function alsoInPlace<T>(codec: BytesCodec<T>, inPlace: InPlace<T>): BytesCodec<T> {
  known.set(codec, inPlace as InPlace<unknown>)
  return codec
}

/** A codec that encodes with `into`. */
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

/** Decodes values in one block of memory. The user's codec sees that memory, so it must not be reused. */
export function decoderOver<T>(codec: BytesCodec<T>, bytes: Uint8Array, view: DataView): (offset: number) => T {
  return inPlaceOf(codec)?.over(bytes, view) ?? ((offset) => codec.decode(bytes, view, offset))
}
