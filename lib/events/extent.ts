import { littleEndian } from '../internal/byte-order.js'

/**
 * Bytes from one header to the next. kernel/bpf/ringbuf.c puts a header of 8 bytes before each record, and aligns records to 8 bytes. The
 * first word of the header is the record's length and two flags.
 */
export const strideOf = (header: number): number => ((header & 0x3fff_ffff) + 15) & 0x7fff_fff8

/** Consecutive records in memory, for as long as that memory may be read. */
export class Extent {
  readonly view: DataView
  readonly start: number
  /** The end of the last record, or later: a record that is still being written also ends the extent, and is only found on the way. */
  end: number
  /** Whether `end` is exact. */
  complete: boolean
  #released = false

  constructor(view: DataView, start: number, end: number, complete: boolean) {
    this.view = view
    this.start = start
    this.end = end
    this.complete = complete
  }

  /** The header at an offset; negative at the end of the extent. */
  header(at: number): number {
    if (at < this.end) {
      const header = littleEndian ? this.view.getInt32(at, true) : this.view.getInt32(at, false)
      // The sign bit is BPF_RINGBUF_BUSY_BIT. A record that passes the end is not valid: another process reads the ring too.
      if (header >= 0 && at + strideOf(header) <= this.end) return header
    }
    this.endAt(at)
    return -1
  }

  /** Limits the extent to that many bytes, but keeps at least one record. */
  limit(bytes: number): void {
    if (this.end - this.start <= bytes) return
    const header = this.header(this.start)
    if (header >= 0) this.end = Math.min(this.end, this.start + Math.max(bytes, strideOf(header)))
  }

  /** The offset of the first record that was not discarded; -1 if there is none. */
  first(): number {
    for (let at = this.start; ; ) {
      const header = this.header(at)
      if (header < 0) return -1
      if ((header & 0x4000_0000) === 0) return at // BPF_RINGBUF_DISCARD_BIT
      at += strideOf(header)
    }
  }

  /** Ends the extent at `at`. */
  endAt(at: number): void {
    if (this.#released) throw new RangeError('a batch of records is valid only until the next is asked for')
    this.end = Math.min(this.end, at)
    this.complete = true
  }

  /** Ends every loop over the extent. */
  close(): void {
    this.end = 0
    this.complete = true
  }

  /** Ends every loop over the extent with an error. */
  release(): void {
    this.close()
    this.#released = true
  }
}
