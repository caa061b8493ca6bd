import { viewOf } from '../internal/view-of.js'
import { atOnce, type Steps } from './steps.js'

/** Reads bytes of the file; fewer at its end. */
export type ReadAt = (offset: number, size: number) => Buffer

export interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly executable: boolean
}

export interface Section {
  readonly type: number
  readonly offset: number
  readonly size: number
  readonly link: number
  readonly entrySize: number
}

// The file may be hostile, and so may its counts and sizes: each table that is read has a limit. No linker comes near these limits:
// programs have about a dozen segments, and the kernel loads none with more than 1,170.
const mostSegments = 1170
const largestHeaderTable = 8 << 20

// Tables are read in pieces of this size. A piece of zeros is a hole: no real table has so many empty entries or names, and a sparse
// file that occupies no disk space could otherwise cost gigabytes of reading.
const pieceSize = 1 << 20
const hole = Buffer.alloc(pieceSize)

/** The headers of an ELF file of either word size and byte order (elf(5)). */
export class ElfFile {
  readonly symbolSize: number
  readonly wide: boolean
  readonly little: boolean
  readonly #read: ReadAt
  readonly #length: number
  readonly #header: DataView

  private constructor(read: ReadAt, length: number, header: Buffer) {
    this.#read = read
    this.#length = length
    this.#header = viewOf(header)
    this.wide = header[4] === 2
    this.little = header[5] === 1
    this.symbolSize = this.wide ? 24 : 16
  }

  static of(read: ReadAt, length: number): ElfFile | undefined {
    if (length < 64) return undefined
    const header = read(0, 64)
    if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) return undefined
    const known = (header[4] === 1 || header[4] === 2) && (header[5] === 1 || header[5] === 2)
    return known ? new ElfFile(read, length, header) : undefined
  }

  /** Undefined if the file has fewer bytes, if `size` is above `most`, or if there is a hole among them. */
  bytes(offset: number, size: number, most: number): Buffer | undefined {
    return atOnce(this.bytesInSteps(offset, size, most))
  }

  *bytesInSteps(offset: number, size: number, most: number): Steps<Buffer | undefined> {
    if (size > most || offset + size > this.#length) return undefined
    if (size < pieceSize) {
      const bytes = this.#read(offset, size)
      return bytes.length === size ? bytes : undefined
    }
    const whole = Buffer.allocUnsafe(size)
    for (let at = 0; at < size; at += pieceSize) {
      const piece = this.#read(offset + at, Math.min(pieceSize, size - at))
      if (piece.length < Math.min(pieceSize, size - at) || piece.equals(hole)) return undefined
      whole.set(piece, at)
      yield
    }
    return whole
  }

  u16 = (view: DataView, at: number): number => view.getUint16(at, this.little)
  u32 = (view: DataView, at: number): number => view.getUint32(at, this.little)
  /** An address or an offset. Values above 2^53 are not exact, but no real file has such values. */
  word(view: DataView, at: number): number {
    if (!this.wide) return this.u32(view, at)
    return this.u32(view, this.little ? at : at + 4) + this.u32(view, this.little ? at + 4 : at) * 0x1_0000_0000
  }

  /** Whether the file is a program or a shared library (ET_EXEC, ET_DYN). */
  get isLinked(): boolean {
    return [2, 3].includes(this.u16(this.#header, 16))
  }

  segments(): Segment[] {
    const { wide } = this
    const entry = this.u16(this.#header, wide ? 54 : 42)
    const count = this.u16(this.#header, wide ? 56 : 44)
    if (count > mostSegments) return []
    const table = this.#table(wide ? 32 : 28, entry, count, wide ? 56 : 32)
    if (!table) return []
    return Array.from({ length: count }, (_, i) => {
      const at = i * entry
      return {
        type: this.u32(table, at),
        offset: this.word(table, at + (wide ? 8 : 4)),
        address: this.word(table, at + (wide ? 16 : 8)),
        fileSize: this.word(table, at + (wide ? 32 : 16)),
        executable: (this.u32(table, at + (wide ? 4 : 24)) & 1) !== 0,
      }
    })
  }

  sections(): Section[] {
    const { wide } = this
    const entry = this.u16(this.#header, wide ? 58 : 46)
    const count = this.u16(this.#header, wide ? 60 : 48)
    const table = this.#table(wide ? 40 : 32, entry, count, wide ? 64 : 40)
    if (!table) return []
    return Array.from({ length: count }, (_, i) => {
      const at = i * entry
      return {
        type: this.u32(table, at + 4),
        offset: this.word(table, at + (wide ? 24 : 16)),
        size: this.word(table, at + (wide ? 32 : 20)),
        link: this.u32(table, at + (wide ? 40 : 24)),
        entrySize: this.word(table, at + (wide ? 56 : 36)),
      }
    })
  }

  /** A table of headers. Its offset is in the file's header, at `place`. */
  #table(place: number, entry: number, count: number, least: number): DataView | undefined {
    if (entry < least) return undefined
    const bytes = this.bytes(this.word(this.#header, place), entry * count, largestHeaderTable)
    return bytes && viewOf(bytes)
  }
}
