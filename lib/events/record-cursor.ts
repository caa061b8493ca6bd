import { requireNumber, show } from '../arguments.js'
import { BpfError } from '../errors.js'
import { littleEndian } from '../internal/byte-order.js'

// V8 compiles DataView's methods to one instruction if the byte order is a literal.
const bigEndian = !littleEndian

/**
 * Reads fields of a record in place, in the buffer's own memory: without a copy and without allocating an object. It cannot write, because
 * the kernel maps that memory read-only and a write would crash the process. The same cursor moves from record to record: keep values, not
 * the cursor. After its batch, and after the reader is closed, it throws EBADF.
 *
 * Offsets are bytes from the record's start. Numbers are in the machine's byte order; pass `true` for `big` to read big endian.
 */
export class RecordCursor {
  readonly #view: DataView
  #offset = 0
  #length = 0

  /** @internal */
  constructor(view: DataView) {
    this.#view = view
  }

  /** @internal */
  moveTo(offset: number, length: number): void {
    this.#offset = offset
    this.#length = length
  }

  /** @internal There is no record any more: every method throws. */
  release(): void {
    this.#length = -1
  }

  /** The length of the record in bytes. */
  get length(): number {
    if (this.#length < 0) throw released()
    return this.#length
  }

  /** Reads an unsigned integer of 1 byte. */
  u8(offset: number): number {
    return this.#view.getUint8(this.#at(offset, 1))
  }

  /** Reads a signed integer of 1 byte. */
  i8(offset: number): number {
    return this.#view.getInt8(this.#at(offset, 1))
  }

  /** Reads an unsigned integer of 2 bytes. */
  u16(offset: number, big = false): number {
    const at = this.#at(offset, 2)
    return big || bigEndian ? this.#view.getUint16(at, false) : this.#view.getUint16(at, true)
  }

  /** Reads a signed integer of 2 bytes. */
  i16(offset: number, big = false): number {
    const at = this.#at(offset, 2)
    return big || bigEndian ? this.#view.getInt16(at, false) : this.#view.getInt16(at, true)
  }

  /** Reads an unsigned integer of 4 bytes. */
  u32(offset: number, big = false): number {
    const at = this.#at(offset, 4)
    return big || bigEndian ? this.#view.getUint32(at, false) : this.#view.getUint32(at, true)
  }

  /** Reads a signed integer of 4 bytes. */
  i32(offset: number, big = false): number {
    const at = this.#at(offset, 4)
    return big || bigEndian ? this.#view.getInt32(at, false) : this.#view.getInt32(at, true)
  }

  /** Reads an unsigned integer of 8 bytes. */
  u64(offset: number, big = false): bigint {
    const at = this.#at(offset, 8)
    return big || bigEndian ? this.#view.getBigUint64(at, false) : this.#view.getBigUint64(at, true)
  }

  /** Reads a signed integer of 8 bytes. */
  i64(offset: number, big = false): bigint {
    const at = this.#at(offset, 8)
    return big || bigEndian ? this.#view.getBigInt64(at, false) : this.#view.getBigInt64(at, true)
  }

  /** Returns a copy of `length` bytes; by default, all from `offset` to the record's end. */
  bytes(offset = 0, length = this.#length - requireNumber(offset, 'offset')): Uint8Array {
    const start = this.#at(offset, length)
    return new Uint8Array(this.#view.buffer.slice(start, start + length) as ArrayBuffer)
  }

  #at(offset: number, size: number): number {
    const whole = Number.isInteger(offset) && Number.isInteger(size)
    if (!(whole && offset >= 0 && size >= 0 && offset + size <= this.#length)) {
      if (this.#length < 0) throw released()
      throw new RangeError(`${show(size)} bytes at ${show(offset)} are outside a record of ${this.#length} bytes`)
    }
    return this.#offset + offset
  }
}

function released(): BpfError {
  const message =
    'a record cursor is valid only during its callback, or until its batch ends or the reader is closed: keep values, not the cursor'
  return new BpfError({ code: 'EBADF', errno: 9, operation: 'read a record', message })
}

/** Returns a function that moves a cursor over the view's memory to a record. */
export function cursorOver(
  view: DataView,
  shown: RecordCursor[] = [],
): (offset: number, length: number) => RecordCursor {
  const cursor = new RecordCursor(view)
  shown.push(cursor)
  return (offset, length) => {
    cursor.moveTo(offset, length)
    return cursor
  }
}
