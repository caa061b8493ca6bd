import { BtfError } from './error.js'

export interface Section {
  readonly offset: number
  readonly length: number
}

/** The positions of the sections, with offsets from the first byte of the data. */
export interface Header {
  readonly littleEndian: boolean
  readonly types: Section
  readonly strings: Section
  /** The lengths of all kinds, which newer kernels append (struct btf_layout). */
  readonly layout: Section | undefined
}

const magic = 0xeb9f
const minimumLength = 24
const lengthWithLayout = 32

/** Reads struct btf_header. A longer header is a newer one; the additional fields are skipped. */
export function parseHeader(view: DataView): Header {
  if (view.byteLength < minimumLength) {
    throw new BtfError(`${view.byteLength} bytes are fewer than a BTF header has, ${minimumLength}`)
  }
  const littleEndian = view.getUint16(0, true) === magic
  if (!littleEndian && view.getUint16(0, false) !== magic) {
    throw new BtfError(`not BTF: begins with 0x${view.getUint16(0, true).toString(16)} instead of 0xeb9f`, {
      offset: 0,
    })
  }
  const version = view.getUint8(2)
  if (version !== 1) throw new BtfError(`BTF version ${version} is not known; only 1 is`, { offset: 2 })
  const length = view.getUint32(4, littleEndian)
  if (length < minimumLength || length > view.byteLength) {
    throw new BtfError(`a header of ${length} bytes in ${view.byteLength} bytes of BTF`, { offset: 4 })
  }

  const section = (name: string, field: number): Section => {
    const offset = length + view.getUint32(field, littleEndian)
    const size = view.getUint32(field + 4, littleEndian)
    if (offset + size > view.byteLength) {
      throw new BtfError(
        `the ${name} section, ${size} bytes at ${offset}, ends after the data's ${view.byteLength} bytes`,
        {
          offset: field,
        },
      )
    }
    return { offset, length: size }
  }
  return {
    littleEndian,
    types: section('type', 8),
    strings: section('string', 16),
    layout: length >= lengthWithLayout ? section('layout', 24) : undefined,
  }
}
