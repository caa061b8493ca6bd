import { requireFunction } from '../arguments.js'
import { type Extent, strideOf } from './extent.js'
import type { RecordCursor } from './record-cursor.js'
import type { Found } from './record-wait.js'
import type { Readers, Records } from './records.js'

/** Consecutive records of a buffer, read in place; valid until the next batch is requested. */
export class RecordBatch<T> implements Iterable<T> {
  readonly #extent: Extent
  readonly #readers: Readers<T>
  #release: ((bytes: number) => void) | undefined
  #byteLength: number | undefined
  #records: Records<T> | undefined
  #keepsRest = false

  /** @internal */
  constructor(extent: Extent, readers: Readers<T>, release: (bytes: number) => void) {
    this.#extent = extent
    this.#readers = readers
    this.#release = release
  }

  /** The size of the batch in bytes, including headers and discarded records. */
  get byteLength(): number {
    if (this.#byteLength === undefined) {
      const extent = this.#extent
      let at = extent.start
      while (!extent.complete) at += strideOf(extent.header(at))
      this.#byteLength = Math.max(0, extent.end - extent.start)
    }
    return this.#byteLength
  }

  /** @internal Whether the batch has no records, except for discarded ones. */
  get empty(): boolean {
    return this.#extent.first() < 0
  }

  /** @internal What the batch contains. */
  get found(): Found {
    if (!this.empty) return 'records'
    return this.byteLength > 0 ? 'discarded' : 'nothing'
  }

  /** Iterates over the decoded records. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#begin()
  }

  /** Returns all decoded records. */
  toArray(): T[] {
    const records: T[] = []
    this.#begin().each((record) => {
      records.push(record)
    })
    return records
  }

  /** @internal Calls back for each decoded record. Faster than a loop, because V8 need not allocate the objects. */
  each(callback: (record: T) => void): void {
    this.#begin().each(requireFunction(callback, 'callback'))
  }

  /** Calls `visit` with a cursor on each record. This is the fastest way to read a few fields. */
  forEachCursor(visit: (record: RecordCursor) => void): void {
    this.#readers.cursors(this.#extent).each(requireFunction(visit, 'visit'))
  }

  /** @internal Leaves unread records in the ring, so that a loop over records that ends early loses none. */
  keepRest(): void {
    this.#keepsRest = true
  }

  /** @internal Gives the memory back to the kernel. */
  release(): void {
    const release = this.#release
    this.#release = undefined
    const { start } = this.#extent
    const given = this.#keepsRest ? (this.#records?.position ?? start) - start : this.byteLength
    this.#extent.release()
    this.#readers.release()
    release?.(given)
  }

  #begin(): Records<T> {
    this.#records = this.#readers.decoded(this.#extent)
    return this.#records
  }
}
