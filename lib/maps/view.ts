import { requireBytes, requireOptions, show } from '../arguments.js'
import { BpfError } from '../errors.js'
import { binding, type NativeMap, type NativeMapMemory } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import type { BytesCodec } from './codec.js'
import { inPlaceOf } from './in-place.js'
import { kindOf } from './kind.js'

export interface ViewOptions {
  /** Maps the memory read-only, as it is for a frozen map anyway. A writable view keeps the map from being frozen. */
  readonly readonly?: boolean
}

/**
 * A map's memory in this process: programs see what is written to it and it shows what they write, without a system call. Nothing
 * orders the accesses: a struct may be read half written. `Atomics` on a typed array over `buffer` are atomic for programs
 * too.
 */
export class MapView<V = unknown> extends Handle implements Iterable<V> {
  /** Whether it can be written: false for a frozen map, one with `rdonly_prog`, and a descriptor that only reads. */
  readonly writable: boolean
  /** Values; 0 for an arena, whose memory has no values. */
  readonly length: number
  /** Bytes from one value to the next: the value's size rounded up to 8. 0 for an arena. */
  readonly stride: number
  readonly #name: string
  readonly #native: NativeMapMemory
  readonly #codec: BytesCodec<V>
  // Of an ArrayBuffer that never leaves this class: `close` detaches it.
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #shared: ArrayBuffer | undefined

  /** @internal */
  constructor(map: NativeMap, codec: BytesCodec<V>, options: ViewOptions) {
    const { readonly = false } = requireOptions(options, { readonly: true })
    const { native, writable } = mapped(map, readonly)
    const { name, type, valueSize, maxEntries } = map.info
    super(native, name ? `the view of map ${name}` : 'the view of a map without a name')
    this.#native = native
    this.#name = name
    this.#codec = codec
    this.writable = writable
    this.length = kindOf(type) === 'arena' ? 0 : maxEntries
    this.stride = (valueSize + 7) & ~7
    this.#bytes = new Uint8Array(native.data)
    this.#view = new DataView(native.data)
  }

  /** Bytes of the memory, whole pages. */
  get byteLength(): number {
    return this.#open().length
  }

  /**
   * The memory itself, for typed arrays. It does not end with the view: the memory stays, and programs share it, as long as anything
   * holds this ArrayBuffer, in whatever thread and be it a job on the thread pool. Until then the map cannot be frozen. A worker that
   * ends while it has the ArrayBuffer leaves the memory mapped until the process ends.
   *
   * @throws {BpfError} EACCES for a view that is not writable: writing to such memory would end the process, so it is only copied.
   */
  get buffer(): ArrayBuffer {
    this.#requireWritable('share the memory')
    // `transfer` moves the memory to another ArrayBuffer, and leaves the first one empty.
    if (!this.#shared?.byteLength) this.#shared = this.#native.share()
    return this.#shared
  }

  /** The value as it is now. @throws {RangeError} for an index from `length` on. */
  get(index: number): V {
    const offset = this.#offsetOf(index)
    if (inPlaceOf(this.#codec)) return this.#codec.decode(this.#bytes, this.#view, offset)
    // A codec of the user's could keep what it decodes, and write to it.
    const copy = this.#bytes.slice(offset, offset + this.stride)
    return this.#codec.decode(copy, new DataView(copy.buffer), 0)
  }

  /**
   * Programs may see a part of the value before the rest.
   *
   * @throws {BpfError} EACCES for a view that is not writable.
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

  /** A copy of some bytes. */
  read(offset: number, length: number): Uint8Array {
    this.#requireRange(offset, length)
    return this.#bytes.slice(offset, offset + length)
  }

  /** Copies bytes into the memory. @throws {BpfError} EACCES for a view that is not writable. */
  write(offset: number, bytes: Uint8Array): void {
    this.#requireRange(offset, requireBytes(bytes, 'bytes').length)
    this.#requireWritable('write')
    this.#bytes.set(bytes, offset)
  }

  /** Every value, each as it is when the loop comes to it. */
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

/** Writable if it may be. */
function mapped(map: NativeMap, readonly: boolean): { native: NativeMapMemory; writable: boolean } {
  if (!readonly) {
    try {
      return { native: binding.mapMemory(map, true), writable: true }
    } catch (error) {
      // A frozen map says EPERM, a read-only one EACCES.
      if (!(error instanceof BpfError) || (error.code !== 'EPERM' && error.code !== 'EACCES')) throw error
    }
  }
  return { native: binding.mapMemory(map, false), writable: false }
}
