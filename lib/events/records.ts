import { littleEndian } from '../internal/byte-order.js'
import type { Extent } from './extent.js'
import { cursorOver, type RecordCursor } from './record-cursor.js'

/** Decodes the record of `length` bytes at `offset` in the ring's memory, in that extent. The memory must not be written. */
export type RecordDecoder<T> = (offset: number, length: number, extent: Extent) => T

/** Makes the decoder for records in that memory. The cursors that users see are added to `shown`. */
export type RecordDecoding<T> = (view: DataView, shown?: RecordCursor[]) => RecordDecoder<T>

/** The records of an extent, from its start on. */
export interface Records<T> extends IterableIterator<T, undefined> {
  /** The offset of the next record's header. */
  readonly position: number
  /** Calls back for all remaining records. */
  each(callback: (record: T) => void): void
}

export type RecordsOf<T> = (extent: Extent) => Records<T>

/**
 * Returns a function that iterates over the records in one block of memory. Its class is created for that memory: the view, the decoder
 * and the byte order are constants to V8, which then compiles a loop over the records, decoder included, as a C compiler would.
 */
export function recordsOver<T>(view: DataView, decode: RecordDecoder<T>): RecordsOf<T> {
  const little = littleEndian
  // Numbers instead of imported constants, for the same reason. kernel/bpf/ringbuf.c puts a header of 8 bytes before each record. Its
  // first word is the length; the sign bit is BPF_RINGBUF_BUSY_BIT, the bit below it BPF_RINGBUF_DISCARD_BIT. Records are 8-byte aligned.
  // A record that passes the end is not valid: another process reads the ring too.

  class RecordsOverView implements Records<T> {
    readonly extent: Extent
    position: number

    constructor(extent: Extent) {
      this.extent = extent
      this.position = extent.start
    }

    // Not a generator, and the result is created in one place only, so that V8 need not allocate it: several times faster.
    next(): IteratorResult<T, undefined> {
      const { extent } = this
      let value: T | undefined
      let done = true
      while (this.position < extent.end) {
        const at = this.position
        const header = view.getInt32(at, little)
        const next = at + (((header & 0x3fff_ffff) + 15) & 0x7fff_fff8)
        if (header < 0 || next > extent.end) break
        this.position = next
        if ((header & 0x4000_0000) === 0) {
          value = decode(at + 8, header, extent)
          done = false
          break
        }
      }
      if (done) extent.endAt(this.position)
      return { value, done } as IteratorResult<T, undefined>
    }

    each(callback: (record: T) => void): void {
      const { extent } = this
      let at = this.position
      while (at < extent.end) {
        const header = view.getInt32(at, little)
        const record = at + 8
        const next = at + (((header & 0x3fff_ffff) + 15) & 0x7fff_fff8)
        if (header < 0 || next > extent.end) break
        at = next
        this.position = at
        if ((header & 0x4000_0000) === 0) callback(decode(record, header, extent))
      }
      extent.endAt(at)
    }

    [Symbol.iterator](): this {
      return this
    }
  }

  return (extent) => new RecordsOverView(extent)
}

/**
 * The ways to read the records in one block of memory, each created on first use. V8 treats what a function closes over as constants only
 * if the function was created once.
 */
export class Readers<T> {
  readonly #view: DataView
  readonly #decode: RecordDecoder<T>
  #decoded: RecordsOf<T> | undefined
  #cursors: RecordsOf<RecordCursor> | undefined
  /** The cursors that users have got. */
  readonly #shown: RecordCursor[] = []

  constructor(view: DataView, decoding: RecordDecoding<T>) {
    this.#view = view
    this.#decode = decoding(view, this.#shown)
  }

  /** The records are gone: a cursor that was kept must not read other records. */
  release(): void {
    for (const cursor of this.#shown) cursor.release()
  }

  get decoded(): RecordsOf<T> {
    this.#decoded ??= recordsOver(this.#view, this.#decode)
    return this.#decoded
  }

  get cursors(): RecordsOf<RecordCursor> {
    this.#cursors ??= recordsOver(this.#view, cursorOver(this.#view, this.#shown))
    return this.#cursors
  }
}
