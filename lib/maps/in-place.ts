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
export function alsoInPlace<C>(codec: C & object, inPlace: C extends BytesCodec<infer T> ? InPlace<T> : never): C {
  known.set(codec, inPlace as InPlace<unknown>)
  return codec
}

/** A codec that encodes by `into`. */
export function codecInPlace<T>(
  size: number,
  { into, over }: InPlace<T>,
  decode: BytesCodec<T>['decode'],
): SizedCodec<T> {
  const codec: SizedCodec<T> = {
    size,
    encode(value) {
      const bytes = new Uint8Array(size)
      into(value, bytes, viewOf(bytes))
      return bytes
    },
    decode,
  }
  known.set(codec, { into, over } as InPlace<unknown>)
  return codec
}

/** Decodes values in one memory, which a codec of the user's sees: it must not be used again. */
export function decoderOver<T>(codec: BytesCodec<T>, bytes: Uint8Array, view: DataView): (offset: number) => T {
  return inPlaceOf(codec)?.over(bytes, view) ?? ((offset) => codec.decode(bytes, view, offset))
}
