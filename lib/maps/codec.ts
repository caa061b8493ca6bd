import { isBytes, show } from '../arguments.js'
import { type Btf, type Codec, type CodecOptions, compileCodec } from '../btf/index.js'
import { type BpfMapInfo, binding } from '../internal/binding.js'
import { alsoInPlace, codecInPlace, decoderOver, type InPlace, inPlaceOf } from './in-place.js'

/** Converts a key or a value to the bytes that the kernel stores, and back. */
export interface BytesCodec<T> {
  /** Encodes a value as bytes. */
  encode(value: T): Uint8Array
  /** Decodes the bytes at `offset`. The result must not refer to these bytes. */
  decode(bytes: Uint8Array, view: DataView, offset: number): T
}

/** A codec with a fixed size. */
export interface SizedCodec<T> extends BytesCodec<T> {
  /** The number of bytes of each encoded value. */
  readonly size: number
}

/** Raw bytes: reading returns a copy, writing takes exactly `size` bytes. */
export function rawCodec(size: number, what: string): BytesCodec<Uint8Array> {
  const check = (value: Uint8Array): Uint8Array => {
    if (!isBytes(value)) throw new TypeError(`${what} must be a Uint8Array of ${size} bytes, not ${show(value)}`)
    if (value.length !== size) throw new RangeError(`${what} must have ${size} bytes, not ${value.length}`)
    return value
  }
  const codec: BytesCodec<Uint8Array> = {
    encode: check,
    decode: (bytes, _view, offset) => bytes.slice(offset, offset + size),
  }
  return alsoInPlace(codec, {
    into: (value, bytes) => bytes.set(check(value)),
    over: (bytes) => (offset) => bytes.slice(offset, offset + size),
  })
}

export function btfCodec<T>(btf: Btf, type: number, options: CodecOptions): BytesCodec<T> {
  const codec = compileCodec(btf, type, options) as Codec<T>
  const { size } = codec
  const inPlace: InPlace<T> = {
    into: (value, _bytes, view) => codec.encode(value, view, 0),
    over(_bytes, view) {
      const read = codec.over(view)
      return (offset) => read(offset, offset + size)
    },
  }
  return codecInPlace(size, inPlace, (_bytes, view, offset) => codec.decode(view, offset, size))
}

/** One value per possible CPU, as an array; the kernel rounds the size of each up to a multiple of 8 bytes. */
export function perCpuCodec<T>(one: BytesCodec<T>, info: BpfMapInfo): BytesCodec<T[]> {
  const stride = (info.valueSize + 7) & ~7
  const cpus = binding.possibleCpus()
  const into = (values: T[], bytes: Uint8Array): void => {
    if (!Array.isArray(values) || values.length !== cpus) {
      throw new TypeError(`a value of map ${info.name} must be an array of ${cpus} values, one for each possible CPU`)
    }
    for (let cpu = 0; cpu < cpus; cpu++) {
      const encoded = one.encode(values[cpu] as T)
      requireRoomForCpu(encoded, info)
      bytes.set(encoded, cpu * stride)
      bytes.fill(0, cpu * stride + encoded.length, (cpu + 1) * stride)
    }
  }
  const over = (bytes: Uint8Array, view: DataView): ((offset: number) => T[]) => {
    const read = decoderOver(one, bytes, view)
    return (offset) => {
      const values: T[] = []
      for (let cpu = 0; cpu < cpus; cpu++) values.push(read(offset + cpu * stride))
      return values
    }
  }
  const codec: BytesCodec<T[]> = {
    encode(values) {
      const bytes = new Uint8Array(stride * cpus)
      into(values, bytes)
      return bytes
    },
    decode: (bytes, view, offset) =>
      Array.from({ length: cpus }, (_, cpu) => one.decode(bytes, view, offset + cpu * stride)),
  }
  return inPlaceOf(one) ? alsoInPlace(codec, { into, over }) : codec
}

/** The value of a single CPU. A value that is too short is padded with zeros, as in the array of all CPUs. */
export function oneCpuCodec<T>(one: BytesCodec<T>, info: BpfMapInfo): BytesCodec<T> {
  const into = (value: T, bytes: Uint8Array): void => {
    const encoded = one.encode(value)
    requireRoomForCpu(encoded, info)
    bytes.set(encoded)
    bytes.fill(0, encoded.length)
  }
  const codec: BytesCodec<T> = {
    encode(value) {
      const bytes = new Uint8Array(info.valueSize)
      into(value, bytes)
      return bytes
    },
    decode: (bytes, view, offset) => one.decode(bytes, view, offset),
  }
  return inPlaceOf(one) ? alsoInPlace(codec, { into, over: (bytes, view) => decoderOver(one, bytes, view) }) : codec
}

function requireRoomForCpu(encoded: Uint8Array, { name, valueSize }: BpfMapInfo): void {
  if (!(encoded instanceof Uint8Array)) {
    throw new TypeError(`a value of map ${name} must be encoded as a Uint8Array, not ${show(encoded)}`)
  }
  if (encoded.length <= valueSize) return
  throw new RangeError(`a value of map ${name} has ${valueSize} bytes a CPU, not ${encoded.length}`)
}
