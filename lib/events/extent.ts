import { littleEndian } from '../internal/byte-order.js'

/**
 * From one header to the next: kernel/bpf/ringbuf.c puts 8 bytes before each record, whose first word is its length and two flags, and
 * aligns records to 8 bytes.
 */
export const strideOf = (header: number): number => ((header & 0x3fff_ffff) + 15) & 0x7fff_fff8

/** Consecutive records in memory, as long as it may be read. */
export class Extent {
  readonly view: DataView
  readonly start: number
  /** Where the last record ends, or later: one that is still being written ends them too, and is found on the way. */
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

  /** The header at an offset; negative at the end. */
  header(at: number): number {
    if (at < this.end) {
      const header = littleEndian ? this.view.getInt32(at, true) : this.view.getInt32(at, false)
      // The sign is BPF_RINGBUF_BUSY_BIT. What passes the end is not there: another process reads the ring too.
      if (header >= 0 && at + strideOf(header) <= this.end) return header
    }
    this.endAt(at)
    return -1
  }

  /** Keeps it to so many bytes, but to one record at least. */
  limit(bytes: number): void {
    if (this.end - this.start <= bytes) return
    const header = this.header(this.start)
    if (header >= 0) this.end = Math.min(this.end, this.start + Math.max(bytes, strideOf(header)))
  }

  /** Where the first record is that was not discarded; -1 where there is none. */
  first(): number {
    for (let at = this.start; ; ) {
      const header = this.header(at)
      if (header < 0) return -1
      if ((header & 0x4000_0000) === 0) return at // BPF_RINGBUF_DISCARD_BIT
      at += strideOf(header)
    }
  }

  /** There is nothing more from `at` on. */
  endAt(at: number): void {
    if (this.#released) throw new RangeError('a batch of records is valid only until the next is asked for')
    this.end = Math.min(this.end, at)
    this.complete = true
  }

  /** Ends every loop over it. */
  close(): void {
    this.end = 0
    this.complete = true
  }

  /** Ends every loop over it by an error. */
  release(): void {
    this.close()
    this.#released = true
  }
}
