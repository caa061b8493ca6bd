import { isBytes, show } from '../arguments.js'
import type { NativeMap } from '../internal/binding.js'
import { viewOf } from '../internal/view-of.js'
import type { BytesCodec } from './codec.js'
import { type InPlace, inPlaceOf } from './in-place.js'
import { elementOf } from './native-element.js'
import type { MapCodecs } from './options.js'

/**
 * The key and the value of the map's single operations, encoded into and decoded from memory that is reused: a new array per operation
 * would cost more than the system call.
 */
export class MapElement<K, V> {
  readonly #native: NativeMap
  readonly #key: Part<K>
  readonly #value: Part<V>
  /** For a per-CPU map: the memory for the value of a single CPU. */
  readonly #cpuValue: Part<unknown> | undefined
  #busy = false

  constructor(native: NativeMap, codecs: MapCodecs<K, V>) {
    const { key, value } = elementOf(native)
    const { name } = native.info
    this.#native = native
    this.#key = new Part(key, codecs.key, `a key of map ${name}`)
    this.#value = new Part(value, codecs.value, `a value of map ${name}`)
    if (codecs.cpuValue) {
      const one = value.subarray(0, native.info.valueSize)
      this.#cpuValue = new Part(one, codecs.cpuValue, `a CPU's value of map ${name}`)
    }
  }

  lookup(key: K, flags: number): V | undefined {
    return this.#alone(() => {
      this.#key.write(key)
      return this.#native.lookup(flags) ? this.#value.read() : undefined
    })
  }

  /** For a per-CPU map, with the flags for one CPU. */
  lookupCpu(key: K, flags: number): unknown {
    return this.#alone(() => {
      this.#key.write(key)
      return this.#native.lookup(flags) ? this.#cpuValue?.read() : undefined
    })
  }

  has(key: K): boolean {
    return this.#alone(() => {
      this.#key.write(key)
      return this.#native.lookup(0)
    })
  }

  /** For a map without keys: whether it holds the value. */
  holds(value: V): boolean {
    return this.#alone(() => {
      this.#value.write(value)
      return this.#native.lookup(0)
    })
  }

  take(key: K, flags: number): V | undefined {
    return this.#alone(() => {
      this.#key.write(key)
      return this.#native.lookupAndDelete(flags) ? this.#value.read() : undefined
    })
  }

  update(key: K, value: V, flags: number): void {
    this.#alone(() => {
      this.#key.write(key)
      this.#value.write(value)
      this.#native.update(flags)
    })
  }

  /** For a per-CPU map, with the flags for one CPU or for one value for all CPUs. */
  updateCpu(key: K, value: unknown, flags: number): void {
    this.#alone(() => {
      this.#key.write(key)
      this.#cpuValue?.write(value)
      this.#native.update(flags)
    })
  }

  delete(key: K): boolean {
    return this.#alone(() => {
      this.#key.write(key)
      return this.#native.delete()
    })
  }

  /** For a map without keys. */
  push(value: V, flags: number): void {
    this.#alone(() => {
      this.#value.write(value)
      this.#native.update(flags)
    })
  }

  /** For a map without keys. */
  pop(): V | undefined {
    return this.#alone(() => (this.#native.lookupAndDelete(0) ? this.#value.read() : undefined))
  }

  /** For a map without keys. */
  peek(): V | undefined {
    return this.#alone(() => (this.#native.lookup(0) ? this.#value.read() : undefined))
  }

  /** The user's codecs and getters may use the map while another operation is being encoded: they must not disturb it. */
  #alone<R>(operate: () => R): R {
    if (this.#busy) return this.#restoring(operate)
    this.#busy = true
    try {
      return operate()
    } finally {
      this.#busy = false
    }
  }

  #restoring<R>(operate: () => R): R {
    const memory = new Uint8Array(this.#native.element)
    const before = memory.slice()
    try {
      return operate()
    } finally {
      memory.set(before)
    }
  }
}

/** A key or a value in memory. */
class Part<T> {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #codec: BytesCodec<T>
  readonly #inPlace: InPlace<T> | undefined
  readonly #what: string
  readonly #read: (offset: number) => T

  constructor(bytes: Uint8Array, codec: BytesCodec<T>, what: string) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#codec = codec
    this.#what = what
    this.#inPlace = inPlaceOf(codec)
    this.#read = this.#inPlace?.over(bytes, this.#view) ?? (() => this.#copied())
  }

  read(): T {
    return this.#read(0)
  }

  write(value: T): void {
    if (this.#inPlace) {
      this.#inPlace.into(value, this.#bytes, this.#view)
      return
    }
    const encoded = this.#codec.encode(value)
    if (!isBytes(encoded)) {
      throw new TypeError(`${this.#what} must be encoded as a Uint8Array, not ${show(encoded)}`)
    }
    if (encoded.length !== this.#bytes.length) {
      throw new RangeError(`${this.#what} must be ${this.#bytes.length} bytes long, not ${encoded.length}`)
    }
    this.#bytes.set(encoded)
  }

  /** The user's codec may keep the bytes that it is given. */
  #copied(): T {
    const copy = this.#bytes.slice()
    return this.#codec.decode(copy, viewOf(copy), 0)
  }
}
