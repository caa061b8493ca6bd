import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { requireBytes, requireText } from '../arguments.js'
import { shareClass } from '../shared-class.js'
import { ElfFile, type Section, type Segment } from './elf-file.js'

export interface FunctionSymbol {
  readonly name: string
  /** Bytes from the function's start. */
  readonly offset: number
}

const sectionType = { symtab: 2, dynsym: 11 }
const segmentType = { load: 1, note: 4 }
const symbolType = { func: 2, ifunc: 10 }

/**
 * The functions of an ELF file, of .symtab and .dynsym, and its build id. Whatever is wrong with the file, what can be read of it
 * counts: rubbish has no functions.
 */
export class ElfSymbols {
  readonly buildId: string | undefined
  readonly #segments: readonly Segment[]
  /** Ascending. */
  readonly #starts: Float64Array
  readonly #sizes: Float64Array
  /** Where each name stands, in its string table: a large program has more names than anybody asks for. */
  readonly #names: readonly RawSymbol[]

  private constructor(file: ElfFile) {
    this.#segments = file.segments()
    this.buildId = buildIdOf(file, this.#segments)
    const symbols = file
      .sections((sections) => symbolsOf(file, sections))
      .sort((a, b) => a.start - b.start || b.size - a.size)
    this.#starts = Float64Array.from(symbols, ({ start }) => start)
    this.#sizes = Float64Array.from(symbols, ({ size }) => size)
    this.#names = symbols
  }

  /** @throws when the file cannot be opened or read; undefined when it is no ELF file of 64 or 32 bits. */
  static read(path: string): ElfSymbols | undefined {
    // A pipe, which the process may have put in the file's place, must not keep us waiting for its writer.
    const fd = openSync(requireText(path, 'path'), constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const file = ElfFile.of((offset, size) => readAt(fd, offset, size), fstatSync(fd).size)
      return file && new ElfSymbols(file)
    } finally {
      closeSync(fd)
    }
  }

  static parse(bytes: Uint8Array): ElfSymbols | undefined {
    requireBytes(bytes, 'bytes')
    const file = ElfFile.of((offset, size) => Buffer.from(bytes.subarray(offset, offset + size)), bytes.length)
    return file && new ElfSymbols(file)
  }

  /** How many functions it names. */
  get size(): number {
    return this.#names.length
  }

  /** The function that the byte at that offset in the file is in. */
  resolve(fileOffset: number): FunctionSymbol | undefined {
    const segment = this.#segments.find(
      ({ type, offset, fileSize }) =>
        type === segmentType.load && fileOffset >= offset && fileOffset < offset + fileSize,
    )
    if (!segment) return undefined
    const address = fileOffset - segment.offset + segment.address
    let from = 0
    let to = this.#starts.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#starts[middle] as number) <= address) from = middle + 1
      else to = middle
    }
    // Of several at one address the largest is first; one without a size reaches as far as the next.
    let index = from - 1
    while (index > 0 && this.#starts[index - 1] === this.#starts[index]) index--
    if (index < 0) return undefined
    const offset = address - (this.#starts[index] as number)
    const size = this.#sizes[index] as number
    return size === 0 || offset < size ? { name: this.#nameOf(index), offset } : undefined
  }

  /** @internal The names of all of them. */
  *functionNames(): Iterable<string> {
    for (let index = 0; index < this.#names.length; index++) yield this.#nameOf(index)
  }

  #nameOf(index: number): string {
    const { strings, nameAt } = this.#names[index] as RawSymbol
    const end = strings.indexOf(0, nameAt)
    return strings.toString('utf8', nameAt, end === -1 ? undefined : end)
  }
}
shareClass(ElfSymbols, 'ElfSymbols')

interface RawSymbol {
  readonly strings: Buffer
  readonly nameAt: number
  readonly start: number
  readonly size: number
}

function symbolsOf(file: ElfFile, sections: readonly Section[]): RawSymbol[] {
  const symbols: RawSymbol[] = []
  for (const section of sections) {
    if (section.type !== sectionType.symtab && section.type !== sectionType.dynsym) continue
    const strings = sections[section.link]
    const names = strings && file.bytes(strings.offset, strings.size)
    const table = file.bytes(section.offset, section.size)
    if (!names || !table || section.entrySize !== file.symbolSize) continue
    for (let at = 0; at + file.symbolSize <= table.length; at += file.symbolSize) {
      const symbol = file.symbol(table, at)
      if ((symbol.type !== symbolType.func && symbol.type !== symbolType.ifunc) || symbol.section === 0) continue
      if (symbol.name === 0 || symbol.name >= names.length || names[symbol.name] === 0) continue
      symbols.push({ strings: names, nameAt: symbol.name, start: symbol.value, size: symbol.size })
    }
  }
  return symbols
}

/** The note of type NT_GNU_BUILD_ID (3), in hexadecimal. */
function buildIdOf(file: ElfFile, segments: readonly Segment[]): string | undefined {
  for (const segment of segments) {
    const notes =
      segment.type === segmentType.note ? file.bytes(segment.offset, Math.min(segment.fileSize, 65_536)) : undefined
    if (!notes) continue
    for (let at = 0; at + 12 <= notes.length; ) {
      const [nameSize, size, type] = [file.u32(notes, at), file.u32(notes, at + 4), file.u32(notes, at + 8)]
      const content = at + 12 + align4(nameSize)
      if (type === 3 && notes.toString('latin1', at + 12, at + 15) === 'GNU' && content + size <= notes.length) {
        return notes.toString('hex', content, content + size)
      }
      at = content + align4(size)
    }
  }
  return undefined
}

const align4 = (size: number) => Math.ceil(size / 4) * 4

function readAt(fd: number, offset: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let got = 0
  while (got < size) {
    const count = readSync(fd, bytes, got, size - got, offset + got)
    if (count === 0) break
    got += count
  }
  return bytes.subarray(0, got)
}
