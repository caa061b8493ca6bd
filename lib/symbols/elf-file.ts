// Tables larger than this are not of any program: rubbish must not cost gigabytes.
const largestTable = 1 << 30
const mostSections = 65_536

export interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
}

export interface Section {
  readonly type: number
  readonly offset: number
  readonly size: number
  readonly link: number
  readonly entrySize: number
}

/** Headers of an ELF file of either size and byte order (elf(5)). */
export class ElfFile {
  readonly symbolSize: number
  readonly #read: (offset: number, size: number) => Buffer
  readonly #length: number
  readonly #wide: boolean
  readonly #little: boolean
  readonly #header: Buffer

  private constructor(read: (offset: number, size: number) => Buffer, length: number, header: Buffer) {
    this.#read = read
    this.#length = length
    this.#header = header
    this.#wide = header[4] === 2
    this.#little = header[5] === 1
    this.symbolSize = this.#wide ? 24 : 16
  }

  static of(read: (offset: number, size: number) => Buffer, length: number): ElfFile | undefined {
    if (length < 64) return undefined
    const header = read(0, 64)
    if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) return undefined
    const known = (header[4] === 1 || header[4] === 2) && (header[5] === 1 || header[5] === 2)
    return known ? new ElfFile(read, length, header) : undefined
  }

  /** Undefined where the file has not that many. */
  bytes(offset: number, size: number): Buffer | undefined {
    if (size > largestTable || offset + size > this.#length) return undefined
    const bytes = this.#read(offset, size)
    return bytes.length === size ? bytes : undefined
  }

  u16 = (bytes: Buffer, at: number): number => (this.#little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  u32 = (bytes: Buffer, at: number): number => (this.#little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  /** An address or an offset. Above 2^53 nothing that a file has is exact, nor in the file. */
  word(bytes: Buffer, at: number): number {
    if (!this.#wide) return this.u32(bytes, at)
    return Number(this.#little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
  }

  segments(): Segment[] {
    const wide = this.#wide
    const entry = this.u16(this.#header, wide ? 54 : 42)
    const count = this.u16(this.#header, wide ? 56 : 44)
    const table =
      entry >= (wide ? 56 : 32) ? this.bytes(this.word(this.#header, wide ? 32 : 28), entry * count) : undefined
    if (!table) return []
    return Array.from({ length: count }, (_, i) => {
      const at = i * entry
      return {
        type: this.u32(table, at),
        offset: this.word(table, at + (wide ? 8 : 4)),
        address: this.word(table, at + (wide ? 16 : 8)),
        fileSize: this.word(table, at + (wide ? 32 : 16)),
      }
    })
  }

  sections<T>(use: (sections: readonly Section[]) => T[]): T[] {
    const wide = this.#wide
    const entry = this.u16(this.#header, wide ? 58 : 46)
    const count = Math.min(this.u16(this.#header, wide ? 60 : 48), mostSections)
    const table =
      entry >= (wide ? 64 : 40) ? this.bytes(this.word(this.#header, wide ? 40 : 32), entry * count) : undefined
    if (!table) return []
    return use(
      Array.from({ length: count }, (_, i) => {
        const at = i * entry
        return {
          type: this.u32(table, at + 4),
          offset: this.word(table, at + (wide ? 24 : 16)),
          size: this.word(table, at + (wide ? 32 : 20)),
          link: this.u32(table, at + (wide ? 40 : 24)),
          entrySize: this.word(table, at + (wide ? 56 : 36)),
        }
      }),
    )
  }

  symbol(table: Buffer, at: number) {
    const wide = this.#wide
    return {
      name: this.u32(table, at),
      type: (table[at + (wide ? 4 : 12)] as number) & 15,
      section: this.u16(table, at + (wide ? 6 : 14)),
      value: this.word(table, at + (wide ? 8 : 4)),
      size: this.word(table, at + (wide ? 16 : 8)),
    }
  }
}
