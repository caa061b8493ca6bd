import { requireFunction } from '../arguments.js'
import { littleEndian } from '../internal/byte-order.js'
import { RecordCursor } from './record-cursor.js'

/** @internal Decodes the record of `length` bytes at `offset` of the ring's memory, which must not be written. */
export type RecordDecoder<T> = (view: DataView, offset: number, length: number) => T

// kernel/bpf/ringbuf.c: a header of 8 bytes, whose first word is the length and two flags; records are 8-byte aligned.
const headerSize = 8
const discardBit = 0x4000_0000
const lengthMask = 0x3fff_ffff

/** Consecutive records of a ring buffer, read where the kernel wrote them; valid until the next batch is asked for. */
export class RecordBatch<T> implements Iterable<T> {
  /** Bytes in the ring, headers and discarded records included. */
  readonly byteLength: number
  readonly #view: DataView
  readonly #start: number
  readonly #decode: RecordDecoder<T>
  #release: ((bytes: number) => void) | undefined
  #iterated = 0
  #given: number

  /** @internal */
  constructor(
    view: DataView,
    start: number,
    byteLength: number,
    decode: RecordDecoder<T>,
    release: (bytes: number) => void,
  ) {
    this.byteLength = byteLength
    this.#given = byteLength
    this.#view = view
    this.#start = start
    this.#decode = decode
    this.#release = release
  }

  /** Decoded records, one by one. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = this.#start; at < this.#end; ) {
      const header = this.#header(at)
      const length = header & lengthMask
      const record = at + headerSize
      at = record + ((length + 7) & ~7)
      this.#iterated = at - this.#start
      if ((header & discardBit) === 0) yield this.#decode(this.#view, record, length)
    }
  }

  /** Decoded records, all at once: faster than iterating. */
  toArray(): T[] {
    const records: T[] = []
    this.#walk((offset, length) => {
      records.push(this.#decode(this.#view, offset, length))
    })
    return records
  }

  /** Calls `visit` with a cursor on each record: the fastest way to read a few fields. */
  forEach(visit: (record: RecordCursor) => void): void {
    requireFunction(visit, 'visit')
    const cursor = new RecordCursor(this.#view)
    this.#walk((offset, length) => {
      cursor.moveTo(offset, length)
      visit(cursor)
    })
  }

  #walk(visit: (offset: number, length: number) => void): void {
    for (let at = this.#start; at < this.#end; ) {
      const header = this.#header(at)
      const length = header & lengthMask
      if ((header & discardBit) === 0) visit(at + headerSize, length)
      at += headerSize + ((length + 7) & ~7)
    }
  }

  /** Asked for anew at each record: who was given the last one may have closed the reader, and then the memory is gone. */
  get #end(): number {
    return this.#view.buffer.byteLength === 0 ? this.#start : this.#start + this.byteLength
  }

  #header(at: number): number {
    if (!this.#release) throw new RangeError('a batch of records is valid only until the next is asked for')
    return this.#view.getUint32(at, littleEndian)
  }

  /** @internal Leaves in the ring what was not iterated yet: a loop over records that ends early loses none. */
  keepRest(): void {
    this.#given = this.#iterated
  }

  /** @internal Gives the memory back to the kernel. */
  release(): void {
    const release = this.#release
    this.#release = undefined
    release?.(this.#given)
  }
}
