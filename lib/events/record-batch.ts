import { requireFunction } from '../arguments.js'
import { littleEndian } from '../internal/byte-order.js'
import { type Extent, headerSize, isDiscarded, lengthOf, strideOf } from './extent.js'
import { RecordCursor } from './record-cursor.js'

/** @internal Decodes the record of `length` bytes at `offset` of the ring's memory, which must not be written. */
export type RecordDecoder<T> = (offset: number, length: number) => T

/** @internal Makes the decoder of records in that memory. */
export type RecordDecoding<T> = (view: DataView) => RecordDecoder<T>

// The loops stand here several times, with all they need in variables of their own: so V8 makes of each what a C compiler would.

/** Consecutive records of a ring buffer, read where the kernel wrote them; valid until the next batch is asked for. */
export class RecordBatch<T> implements Iterable<T> {
  readonly #extent: Extent
  readonly #decode: RecordDecoder<T>
  #release: ((bytes: number) => void) | undefined
  #byteLength: number | undefined
  #iteration: Records<T> | undefined
  #keepsRest = false

  /** @internal */
  constructor(extent: Extent, decode: RecordDecoder<T>, release: (bytes: number) => void) {
    this.#extent = extent
    this.#decode = decode
    this.#release = release
  }

  /** Bytes in the ring, headers and discarded records included. */
  get byteLength(): number {
    if (this.#byteLength === undefined) {
      const extent = this.#extent
      let at = extent.start
      while (!extent.complete) at += strideOf(extent.header(at))
      this.#byteLength = Math.max(0, extent.end - extent.start)
    }
    return this.#byteLength
  }

  /** @internal Whether there is nothing in it. */
  get empty(): boolean {
    return this.#extent.header(this.#extent.start) < 0
  }

  /** Decoded records, one by one. */
  [Symbol.iterator](): IterableIterator<T> {
    this.#iteration = new Records(this.#extent, this.#decode)
    return this.#iteration
  }

  /** Decoded records, all at once. */
  toArray(): T[] {
    const records: T[] = []
    const extent = this.#extent
    const decode = this.#decode
    const { view } = extent
    const little = littleEndian
    let at = extent.start
    while (at < extent.end) {
      const header = little ? view.getInt32(at, true) : view.getInt32(at, false)
      const next = at + strideOf(header)
      if (header < 0 || next > extent.end) break
      if (!isDiscarded(header)) records.push(decode(at + headerSize, lengthOf(header)))
      at = next
    }
    extent.endAt(at)
    return records
  }

  /** Calls `visit` with a cursor on each record: the fastest way to read a few fields. */
  forEach(visit: (record: RecordCursor) => void): void {
    requireFunction(visit, 'visit')
    const extent = this.#extent
    const cursor = new RecordCursor(extent.view)
    const { view } = extent
    const little = littleEndian
    let at = extent.start
    while (at < extent.end) {
      const header = little ? view.getInt32(at, true) : view.getInt32(at, false)
      const next = at + strideOf(header)
      if (header < 0 || next > extent.end) break
      if (!isDiscarded(header)) {
        cursor.moveTo(at + headerSize, lengthOf(header))
        visit(cursor)
      }
      at = next
    }
    extent.endAt(at)
  }

  /** @internal Leaves in the ring what was not iterated yet: a loop over records that ends early loses none. */
  keepRest(): void {
    this.#keepsRest = true
  }

  /** @internal Gives the memory back to the kernel. */
  release(): void {
    const release = this.#release
    this.#release = undefined
    const { start } = this.#extent
    const given = this.#keepsRest ? (this.#iteration?.position ?? start) - start : this.byteLength
    this.#extent.release()
    release?.(given)
  }
}

/** Not a generator: in a loop this is several times faster. */
class Records<T> implements IterableIterator<T> {
  readonly #extent: Extent
  readonly #decode: RecordDecoder<T>
  /** Where the next record's header is. */
  position: number

  constructor(extent: Extent, decode: RecordDecoder<T>) {
    this.#extent = extent
    this.#decode = decode
    this.position = extent.start
  }

  next(): IteratorResult<T, undefined> {
    const extent = this.#extent
    for (let header = extent.header(this.position); header >= 0; header = extent.header(this.position)) {
      const record = this.position + headerSize
      this.position += strideOf(header)
      if (!isDiscarded(header)) return { value: this.#decode(record, lengthOf(header)), done: false }
    }
    return { value: undefined, done: true }
  }

  [Symbol.iterator](): this {
    return this
  }
}
