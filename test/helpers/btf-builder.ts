/** The struct btf_type fields of a type to add. `words` follows them; the names are already added with `string`. */
export interface RawType {
  readonly kind: number
  readonly name?: string
  readonly flag?: boolean
  readonly vlen?: number
  readonly sizeOrType?: number
  readonly words?: readonly number[]
}

export interface RawMember {
  readonly name?: string
  readonly type: number
  /** In bits. */
  readonly at: number
  readonly bits?: number
}

export interface BuilderOptions {
  readonly byteOrder?: 'little' | 'big'
  /** The first id and string offset, for split BTF. */
  readonly firstId?: number
  readonly firstString?: number
}

/** Writes BTF by hand: BTF that no compiler here writes, and that none ever should. */
export class BtfBuilder {
  readonly #types: number[][] = []
  readonly #littleEndian: boolean
  readonly #firstId: number
  readonly #firstString: number
  #strings: Buffer

  constructor({ byteOrder = 'little', firstId = 1, firstString = 0 }: BuilderOptions = {}) {
    this.#littleEndian = byteOrder === 'little'
    this.#firstId = firstId
    this.#firstString = firstString
    this.#strings = Buffer.from(firstString === 0 ? '\0' : '')
  }

  string(text: string): number {
    if (text === '') return 0
    const offset = this.#firstString + this.#strings.length
    this.#strings = Buffer.concat([this.#strings, Buffer.from(`${text}\0`)])
    return offset
  }

  /** Returns the new type's id. */
  add({ kind, name = '', flag = false, vlen = 0, sizeOrType = 0, words = [] }: RawType): number {
    const info = ((flag ? 0x80000000 : 0) | (kind << 24) | vlen) >>> 0
    this.#types.push([this.string(name), info, sizeOrType, ...words])
    return this.#firstId + this.#types.length - 1
  }

  int(name: string, size: number, { signed = false, bool = false, bits = size * 8, offset = 0 } = {}): number {
    const encoding = ((signed ? 1 : 0) | (bool ? 4 : 0)) << 24
    return this.add({ kind: 1, name, sizeOrType: size, words: [encoding | (offset << 16) | bits] })
  }

  pointer(type = 0): number {
    return this.add({ kind: 2, sizeOrType: type })
  }

  array(type: number, length: number): number {
    return this.add({ kind: 3, words: [type, 0, length] })
  }

  /** A struct or union. If a member has `bits`, the kind flag is set. */
  record(kind: 'struct' | 'union', name: string, size: number, members: readonly RawMember[]): number {
    const flag = members.some((member) => member.bits !== undefined)
    const words = members.flatMap(({ name = '', type, at, bits = 0 }) => [
      this.string(name),
      type,
      (at | (bits << 24)) >>> 0,
    ])
    return this.add({ kind: kind === 'struct' ? 4 : 5, name, flag, vlen: members.length, sizeOrType: size, words })
  }

  enumeration(name: string, size: number, signed: boolean, values: Readonly<Record<string, number>>): number {
    const words = Object.entries(values).flatMap(([key, value]) => [this.string(key), value >>> 0])
    return this.add({ kind: 6, name, flag: signed, vlen: words.length / 2, sizeOrType: size, words })
  }

  typedef(name: string, type: number): number {
    return this.add({ kind: 8, name, sizeOrType: type })
  }

  /**
   * The whole BTF: header, types, strings. `extraHeader` makes a header of a future version, `layout` describes kinds.
   */
  bytes({
    extraHeader = [],
    layout,
  }: {
    extraHeader?: readonly number[]
    layout?: readonly number[]
  } = {}): Uint8Array {
    const typeWords = this.#types.flat()
    const types = typeWords.length * 4
    const layoutBytes = Buffer.from(layout ?? [])
    const layoutHeader = layout ? [types + this.#strings.length, layoutBytes.length] : []
    const header = [0, types, types, this.#strings.length, ...layoutHeader, ...extraHeader]
    const words = [...header, ...typeWords]
    const bytes = Buffer.alloc(8 + words.length * 4)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    view.setUint16(0, 0xeb9f, this.#littleEndian)
    view.setUint8(2, 1)
    view.setUint32(4, 8 + header.length * 4, this.#littleEndian)
    for (const [i, word] of words.entries()) view.setUint32(8 + i * 4, word, this.#littleEndian)
    return new Uint8Array(Buffer.concat([bytes, this.#strings, layoutBytes]))
  }
}
