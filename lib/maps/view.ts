import { requireBytes, requireOptions, show } from '../arguments.js'
import { BpfError } from '../errors.js'
import { binding, type NativeMap, type NativeMapMemory } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import type { BytesCodec } from './codec.js'
import { inPlaceOf } from './in-place.js'
import { mapTypes } from './types.js'

/** Options for `view`. */
export interface ViewOptions {
  /**
   * Maps the memory read-only; a frozen map is always mapped read-only. A writable view prevents the map from being frozen. Default:
   * false.
   */
  readonly readonly?: boolean
}

/**
 * A map's memory in this process. Programs see what is written to it, and it shows what they write, without a system call. Accesses are
 * not synchronized: a struct may be read half written. `Atomics` on a typed array over `buffer` are atomic for programs too.
 */
export class MapView<V = unknown> extends Handle implements Iterable<V> {
  /** Whether the view can be written: false for a frozen map, a map with `rdonly_prog`, and a descriptor that can only read. */
  readonly writable: boolean
  /** The number of values; 0 for an arena, whose memory has no values. */
  readonly length: number
  /** Bytes from one value to the next: the size of a value, rounded up to a multiple of 8. 0 for an arena. */
  readonly stride: number
  readonly #name: string
  readonly #native: NativeMapMemory
  readonly #codec: BytesCodec<V>
  // Over an ArrayBuffer that never leaves this class: `close` detaches it.
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #shared: ArrayBuffer | undefined

  /** @internal */
  constructor(map: NativeMap, codec: BytesCodec<V>, options: ViewOptions) {
    const { readonly = false } = requireOptions(options, { readonly: true })
    const { native, writable } = mapped(map, readonly)
    const { name, type, valueSize, maxEntries } = map.info
    super(native, name === '' ? 'the view of a map without a name' : `the view of map ${name}`)
    this.#native = native
    this.#name = name
    this.#codec = codec
    this.writable = writable
    this.length = type === mapTypes.arena.id ? 0 : maxEntries
    this.stride = (valueSize + 7) & ~7
    this.#bytes = new Uint8Array(native.data)
    this.#view = new DataView(native.data)
  }

  /** The size of the memory in bytes, a multiple of the page size. */
  get byteLength(): number {
    return this.#open().length
  }

  /**
   * The memory itself, for typed arrays. It outlives the view: the memory stays mapped and shared with programs as long as anything
   * references this ArrayBuffer, in any thread, including jobs on the thread pool. Until then the map cannot be frozen. If a worker ends
   * while it has the ArrayBuffer, the memory stays mapped until the process ends.
   *
   * @throws {BpfError} EACCES if the view is not writable: writing to such memory would crash the process. Use `read` to copy it.
   */
  get buffer(): ArrayBuffer {
    this.#requireWritable('share the memory')
    // `transfer` moves the memory to another ArrayBuffer and leaves this one empty.
    if (!this.#shared?.byteLength) this.#shared = this.#native.share()
    return this.#shared
  }

  /** Returns the current value at an index. @throws {RangeError} if the index is not below `length`. */
  get(index: number): V {
    const offset = this.#offsetOf(index)
    if (inPlaceOf(this.#codec)) return this.#codec.decode(this.#bytes, this.#view, offset)
    // The user's codec could keep the memory that it decodes, and write to it.
    const copy = this.#bytes.slice(offset, offset + this.stride)
    return this.#codec.decode(copy, new DataView(copy.buffer), 0)
  }

  /**
   * Writes the value at an index. Programs may see a part of the value before the rest.
   *
   * @throws {BpfError} EACCES if the view is not writable.
   */
  set(index: number, value: V): this {
    const offset = this.#offsetOf(index)
    this.#requireWritable('set a value')
    const encoded = this.#codec.encode(value)
    if (encoded.length > this.stride) {
      throw new RangeError(`a value of map ${this.#name} has at most ${this.stride} bytes, not ${encoded.length}`)
    }
    this.#bytes.set(encoded, offset)
    return this
  }

  /** Returns a copy of `length` bytes from `offset` on. */
  read(offset: number, length: number): Uint8Array {
    this.#requireRange(offset, length)
    return this.#bytes.slice(offset, offset + length)
  }

  /** Copies bytes into the memory at `offset`. @throws {BpfError} EACCES if the view is not writable. */
  write(offset: number, bytes: Uint8Array): void {
    this.#requireRange(offset, requireBytes(bytes, 'bytes').length)
    this.#requireWritable('write')
    this.#bytes.set(bytes, offset)
  }

  /** Iterates over all values. Each is read when the loop reaches it. */
  *[Symbol.iterator](): IterableIterator<V> {
    for (let index = 0; index < this.length; index++) yield this.get(index)
  }

  #open(): Uint8Array {
    if (!this.closed) return this.#bytes
    const message = `the view of map ${this.#name} is closed`
    throw new BpfError({ code: 'EBADF', errno: 9, operation: `use the view of map ${this.#name}`, message })
  }

  #offsetOf(index: number): number {
    this.#open()
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index * this.stride
    throw new RangeError(`map ${this.#name} has ${this.length} values in its memory, and none at ${show(index)}`)
  }

  #requireRange(offset: number, length: number): void {
    const size = this.#open().length
    const whole = Number.isInteger(offset) && Number.isInteger(length)
    if (whole && offset >= 0 && length >= 0 && offset + length <= size) return
    throw new RangeError(`${show(length)} bytes at ${show(offset)} are outside the ${size} bytes of map ${this.#name}`)
  }

  #requireWritable(operation: string): void {
    this.#open()
    if (this.writable) return
    const message = `${operation}: the view of map ${this.#name} is read-only`
    throw new BpfError({ code: 'EACCES', errno: 13, operation, message })
  }
}

/** Maps the memory, writable if possible. */
function mapped(map: NativeMap, readonly: boolean): { native: NativeMapMemory; writable: boolean } {
  if (!readonly) {
    try {
      return { native: binding.mapMemory(map, true), writable: true }
    } catch (error) {
      // EPERM for a frozen map, EACCES for a read-only one.
      if (!(error instanceof BpfError) || (error.code !== 'EPERM' && error.code !== 'EACCES')) throw error
    }
  }
  return { native: binding.mapMemory(map, false), writable: false }
}
