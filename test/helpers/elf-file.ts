export interface ElfSymbol {
  readonly name: string
  readonly value: number
  readonly size: number
  /** STT_*. Default: a function. */
  readonly type?: number
  /** STB_*. Default: global. */
  readonly bind?: number
  /** Default: one that the file defines. */
  readonly section?: number
}

export interface ElfFormat {
  /** 64-bit or 32-bit. */
  readonly wide: boolean
  readonly little: boolean
}

// elf(5): sizes of the structures, and offsets of their fields; `word` has the width of an address.
const narrow = {
  word: 4,
  header: { segmentsAt: 28, sectionsAt: 32, segmentSize: 42, segments: 44, sectionSize: 46, sections: 48 },
  segment: { size: 32, type: 0, offset: 4, address: 8, fileSize: 16 },
  section: { size: 40, type: 4, offset: 16, bytes: 20, link: 24, entrySize: 36 },
  symbol: { size: 16, name: 0, value: 4, bytes: 8, info: 12, section: 14 },
}
const wide: typeof narrow = {
  word: 8,
  header: { segmentsAt: 32, sectionsAt: 40, segmentSize: 54, segments: 56, sectionSize: 58, sections: 60 },
  segment: { size: 56, type: 0, offset: 8, address: 16, fileSize: 32 },
  section: { size: 64, type: 4, offset: 24, bytes: 32, link: 40, entrySize: 56 },
  symbol: { size: 24, name: 0, value: 8, bytes: 16, info: 4, section: 6 },
}

/**
 * An ELF file: a segment with its first 256 bytes at address 0x1000, a note with the build id `deadbeef`, and symbols.
 */
export function elfFile(given: readonly ElfSymbol[], format: ElfFormat): Buffer {
  const layout = format.wide ? wide : narrow
  const { header, segment, section, symbol } = layout
  const names = Buffer.from(`\0${given.map(({ name }) => `${name}\0`).join('')}`)
  const noteAt = 64 + 2 * segment.size
  const symbolsAt = 256
  const symbolsSize = symbol.size * (given.length + 1)
  const namesAt = symbolsAt + symbolsSize
  const sectionsAt = namesAt + names.length
  const file = Buffer.alloc(sectionsAt + 3 * section.size)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const u16 = (at: number, value: number) => view.setUint16(at, value, format.little)
  const u32 = (at: number, value: number) => view.setUint32(at, value, format.little)
  const word = (at: number, value: number) =>
    format.wide ? view.setBigUint64(at, BigInt(value), format.little) : u32(at, value)

  file.set([0x7f, 0x45, 0x4c, 0x46, format.wide ? 2 : 1, format.little ? 1 : 2, 1])
  word(header.segmentsAt, 64)
  word(header.sectionsAt, sectionsAt)
  u16(header.segmentSize, segment.size)
  u16(header.segments, 2)
  u16(header.sectionSize, section.size)
  u16(header.sections, 3)

  const putSegment = (i: number, type: number, offset: number, address: number, size: number) => {
    const at = 64 + i * segment.size
    u32(at + segment.type, type)
    word(at + segment.offset, offset)
    word(at + segment.address, address)
    word(at + segment.fileSize, size)
  }
  putSegment(0, 1, 0, 0x1000, 256)
  putSegment(1, 4, noteAt, 0, 20)
  for (const [i, value] of [4, 4, 3].entries()) u32(noteAt + 4 * i, value)
  file.write('GNU\0\xde\xad\xbe\xef', noteAt + 12, 'latin1')

  let nameAt = 1
  for (const [i, { name, value, size, type = 2, bind = 1, section = 1 }] of given.entries()) {
    const at = symbolsAt + symbol.size * (i + 1)
    u32(at + symbol.name, nameAt)
    file[at + symbol.info] = (bind << 4) | type
    u16(at + symbol.section, section)
    word(at + symbol.value, value)
    word(at + symbol.bytes, size)
    nameAt += name.length + 1
  }
  names.copy(file, namesAt)

  const putSection = (i: number, type: number, offset: number, size: number, link: number, entrySize: number) => {
    const at = sectionsAt + i * section.size
    u32(at + section.type, type)
    word(at + section.offset, offset)
    word(at + section.bytes, size)
    u32(at + section.link, link)
    word(at + section.entrySize, entrySize)
  }
  putSection(1, 2, symbolsAt, symbolsSize, 2, symbol.size)
  putSection(2, 3, namesAt, names.length, 0, 0)
  return file
}
