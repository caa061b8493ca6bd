import { divideFields } from './btf/codec/formats.js'
import type { Btf, CodecOptions } from './btf.js'
import type { NativeMap, NativeMapInfo } from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import { batches } from './internal/map-walk.js'
import { type BytesCodec, btfCodec, innerMapCodec, isMapOfMaps, isPerCpu, perCpuCodec, rawCodec } from './map-codec.js'

/** How keys and values are decoded; without these by the object's BTF, or as bytes when there is none. */
export interface MapOptions<K, V> extends CodecOptions {
  /** `'raw'` for `Uint8Array`, or a codec of your own. */
  readonly key?: 'raw' | BytesCodec<K>
  /** As `key`; for a per-CPU map it describes one CPU's value. */
  readonly value?: 'raw' | BytesCodec<V>
  /** @internal */
  readonly btf?: Btf
  /** @internal */
  readonly keyType?: number
  /** @internal */
  readonly valueType?: number
}

/** `any` creates or overwrites; `noexist` fails with EEXIST, `exist` with ENOENT. */
export type UpdateMode = 'any' | 'noexist' | 'exist'

// include/uapi/linux/bpf.h: BPF_ANY, BPF_NOEXIST, BPF_EXIST
const updateFlags: Record<UpdateMode, number> = { any: 0, noexist: 1, exist: 2 }

/**
 * A BPF map, like a `Map` of decoded keys and values that the kernel shares. For a per-CPU map `V` is an array with a value
 * for each possible CPU.
 */
export class BpfMap<K = unknown, V = unknown> extends Handle {
  readonly #native: NativeMap
  readonly #key: BytesCodec<K>
  readonly #value: BytesCodec<V>
  readonly #info: NativeMapInfo

  /** @internal */
  constructor(native: NativeMap, options: MapOptions<K, V>) {
    super(native, `the map ${native.info.name}`)
    const info = native.info
    this.#native = native
    this.#info = info
    const fields = divideFields(options.fields, ['key', 'value'])
    const codec = <T>(
      given: 'raw' | BytesCodec<T> | undefined,
      type: number | undefined,
      size: number,
      what: 'key' | 'value',
    ) => {
      if (given !== undefined && given !== 'raw') return given
      if (given === 'raw' || !options.btf || !type)
        return rawCodec(size, `a ${what} of map ${info.name}`) as BytesCodec<unknown>
      return btfCodec<T>(options.btf, type, { ...options, fields: fields[what] })
    }
    this.#key = codec(options.key, options.keyType, info.keySize, 'key') as BytesCodec<K>
    const one = isMapOfMaps(info) ? innerMapCodec : codec(options.value, options.valueType, info.valueSize, 'value')
    this.#value = (isPerCpu(info) ? perCpuCodec(one as BytesCodec<unknown>, info) : one) as BytesCodec<V>
  }

  get name(): string {
    return this.#info.name
  }

  get id(): number {
    return this.#info.id
  }

  /** BPF_MAP_TYPE_*, as a number. */
  get type(): number {
    return this.#info.type
  }

  get maxEntries(): number {
    return this.#info.maxEntries
  }

  /** The descriptor; the handle keeps owning it. */
  get fd(): number {
    return this.#native.fd
  }

  /** @internal */
  get native(): NativeMap {
    return this.#native
  }

  get(key: K): V | undefined {
    const value = new Uint8Array(this.#info.userValueSize)
    return this.#native.lookup(this.#key.encode(key), value, 0) ? this.#decodeValue(value) : undefined
  }

  has(key: K): boolean {
    return this.#native.lookup(this.#key.encode(key), new Uint8Array(this.#info.userValueSize), 0)
  }

  /** @throws {BpfError} E2BIG when the map is full, EEXIST and ENOENT by `mode`. */
  set(key: K, value: V, mode: UpdateMode = 'any'): this {
    this.#native.update(this.#key.encode(key), this.#value.encode(value), updateFlags[mode])
    return this
  }

  /** `set` off the main thread: an update of a map of maps waits for the programs that run, some milliseconds. */
  async setAsync(key: K, value: V, mode: UpdateMode = 'any'): Promise<void> {
    await this.#native.updateAsync(this.#key.encode(key), this.#value.encode(value), updateFlags[mode])
  }

  /** False when the key was not there. */
  delete(key: K): boolean {
    return this.#native.delete(this.#key.encode(key))
  }

  /** Removes the entry and returns what it held, in one step. Hash maps since 5.14; queues and stacks since 4.20. */
  take(key: K): V | undefined {
    const value = new Uint8Array(this.#info.userValueSize)
    return this.#native.lookupAndDelete(this.#key.encode(key), value, 0) ? this.#decodeValue(value) : undefined
  }

  /**
   * Every entry, by batches where the kernel has them (5.6), else key by key. Entries that are added or deleted meanwhile may
   * be seen or not, none is seen twice by batches.
   */
  *entries(): IterableIterator<[K, V]> {
    yield* this.#walk(false)
  }

  /** Removes every entry and yields it. Exact only while no program updates the map. */
  *drain(): IterableIterator<[K, V]> {
    yield* this.#walk(true)
  }

  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries()
  }

  *#walk(andDelete: boolean): IterableIterator<[K, V]> {
    const { keySize, userValueSize } = this.#info
    for (const { keys, values, count } of batches(this.#native, andDelete)) {
      const keyView = viewOf(keys)
      const valueView = viewOf(values)
      for (let i = 0; i < count; i++) {
        yield [this.#key.decode(keys, keyView, i * keySize), this.#value.decode(values, valueView, i * userValueSize)]
      }
    }
  }

  #decodeValue(bytes: Uint8Array): V {
    return this.#value.decode(bytes, viewOf(bytes), 0)
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
