import { show } from '../arguments.js'
import { type Btf, type Codec, type CodecOptions, compileCodec } from '../btf.js'
import { binding, type NativeMapInfo } from '../internal/binding.js'
import { viewOf } from '../internal/view-of.js'

/** Turns a key or a value into the bytes that the kernel holds and back. */
export interface BytesCodec<T> {
  encode(value: T): Uint8Array
  /** Decodes the bytes at `offset`; what is returned must not refer to them. */
  decode(bytes: Uint8Array, view: DataView, offset: number): T
  /** @internal `decode` for many that lie in the same memory: faster. */
  over?(bytes: Uint8Array, view: DataView): (offset: number) => T
  /** @internal `encode` into memory that is there already. */
  into?(value: T, bytes: Uint8Array, view: DataView): void
}

/** `over` where the codec has it. */
export function decoderOver<T>(codec: BytesCodec<T>, bytes: Uint8Array, view: DataView): (offset: number) => T {
  return codec.over?.(bytes, view) ?? ((offset) => codec.decode(bytes, view, offset))
}

/** `encode` by `into`. */
export function encodeBy<T>(size: number, into: (value: T, bytes: Uint8Array, view: DataView) => void) {
  return (value: T): Uint8Array => {
    const bytes = new Uint8Array(size)
    into(value, bytes, viewOf(bytes))
    return bytes
  }
}

/** A codec that knows how many bytes it makes. */
export interface SizedCodec<T> extends BytesCodec<T> {
  readonly size: number
}

/** Raw bytes: a copy out, and exactly `size` bytes in. */
export function rawCodec(size: number, what: string): BytesCodec<Uint8Array> {
  const check = (value: Uint8Array): Uint8Array => {
    if (!(value instanceof Uint8Array))
      throw new TypeError(`${what} must be a Uint8Array of ${size} bytes, not ${show(value)}`)
    if (value.length !== size) throw new RangeError(`${what} must have ${size} bytes, not ${value.length}`)
    return value
  }
  return {
    encode: check,
    into: (value, bytes) => bytes.set(check(value)),
    decode: (bytes, _view, offset) => bytes.slice(offset, offset + size),
    over: (bytes) => (offset) => bytes.slice(offset, offset + size),
  }
}

export function btfCodec<T>(btf: Btf, type: number, options: CodecOptions): BytesCodec<T> {
  const codec = compileCodec(btf, type, options) as Codec<T>
  const into = (value: T, _bytes: Uint8Array, view: DataView): void => codec.encode(value, view, 0)
  return {
    encode: encodeBy(codec.size, into),
    into,
    decode: (_bytes, view, offset) => codec.decode(view, offset, codec.size),
    over(_bytes, view) {
      const { size } = codec
      const read = codec.over(view)
      return (offset) => read(offset, offset + size)
    },
  }
}

/** One value for each possible CPU, as an array; the kernel rounds each up to 8 bytes. */
export function perCpuCodec<T>(one: BytesCodec<T>, info: NativeMapInfo): BytesCodec<T[]> {
  const stride = (info.valueSize + 7) & ~7
  const cpus = binding.possibleCpus()
  return {
    encode(values) {
      if (!Array.isArray(values) || values.length !== cpus) {
        throw new TypeError(`a value of map ${info.name} must be an array of ${cpus} values, one for each possible CPU`)
      }
      const bytes = new Uint8Array(stride * cpus)
      values.forEach((value: T, cpu) => {
        const encoded = one.encode(value)
        if (encoded.length > stride) {
          throw new RangeError(`a value of map ${info.name} has ${info.valueSize} bytes a CPU, not ${encoded.length}`)
        }
        bytes.set(encoded, cpu * stride)
      })
      return bytes
    },
    decode: (bytes, view, offset) =>
      Array.from({ length: cpus }, (_, cpu) => one.decode(bytes, view, offset + cpu * stride)),
    over(bytes, view) {
      const read = decoderOver(one, bytes, view)
      return (offset) => {
        const values: T[] = []
        for (let cpu = 0; cpu < cpus; cpu++) values.push(read(offset + cpu * stride))
        return values
      }
    },
  }
}
