import { requireBytes, requireInstance, requireNumber, requireOptions, requireText, show } from '../arguments.js'
import { shareClass } from '../shared-class.js'
import { decodeType } from './decode-type.js'
import { BtfError } from './error.js'
import { type Header, parseHeader } from './header.js'
import { type KindLayout, kindLayouts } from './kind-layout.js'
import { resolveType, sizeOfType } from './resolve.js'
import { Strings } from './strings.js'
import { indexTypes, kindOf } from './type-index.js'
import { type BtfDatasec, type BtfKind, type BtfType, kindNames } from './types.js'

export interface DataSection {
  readonly id: number
  /** `.rodata`, `.maps`, `license` */
  readonly name: string
  readonly size: number
  readonly variables: readonly DataVariable[]
}

export interface DataVariable {
  readonly name: string
  readonly offset: number
  readonly size: number
  /** Id of the variable's own type, not of its VAR. */
  readonly type: number
}

/**
 * Types in BTF, the BPF Type Format: those of an object file, of the kernel (`/sys/kernel/btf/vmlinux`) or of a module.
 * Types are decoded when asked for, so that opening the kernel's hundred thousand costs milliseconds. Whatever is wrong
 * with the data throws BtfError, on parsing or when the type at fault is reached.
 */
export class Btf {
  readonly byteOrder: 'little' | 'big'
  readonly base: Btf | undefined
  /** Ids run from 0, which is void, up to here; split BTF counts its base's types too. */
  readonly typeCount: number
  readonly #view: DataView
  readonly #strings: Strings
  readonly #layouts: readonly KindLayout[]
  readonly #offsets: Uint32Array
  readonly #firstId: number

  private constructor(data: Uint8Array, header: Header, base: Btf | undefined) {
    this.byteOrder = header.littleEndian ? 'little' : 'big'
    if (base && base.byteOrder !== this.byteOrder) {
      throw new BtfError(`${this.byteOrder}-endian BTF cannot extend a ${base.byteOrder}-endian base`, { offset: 0 })
    }
    this.base = base
    this.#view = new DataView(data.buffer)
    this.#strings = new Strings(data, header.strings, base ? base.#strings : undefined)
    this.#layouts = kindLayouts(this.#view, header.layout, base ? base.#layouts : undefined)
    this.#firstId = base?.typeCount ?? 1
    this.#offsets = indexTypes(this.#view, header, this.#layouts, this.#firstId)
    this.typeCount = this.#firstId + this.#offsets.length
  }

  /**
   * Parses raw BTF, the content of an ELF file's `.BTF` section, which is copied. A module's BTF needs the kernel's as
   * `base`.
   */
  static parse(bytes: Uint8Array, options: { readonly base?: Btf } = {}): Btf {
    const { base } = requireOptions(options, { base: true })
    if (base !== undefined) requireInstance(base, Btf, 'base')
    const data = new Uint8Array(requireBytes(bytes, 'bytes'))
    return new Btf(data, parseHeader(new DataView(data.buffer)), base)
  }

  type(id: number): BtfType {
    if (requireNumber(id, 'a type’s id') === 0) return { kind: 'VOID', id, name: '' }
    const offset = this.#offsets[id - this.#firstId]
    if (offset === undefined) {
      if (this.base && id < this.#firstId) return this.base.type(id)
      throw new BtfError(`there is no type ${show(id)}: the last is ${this.typeCount - 1}`, { type: id })
    }
    return decodeType(this.#view, offset, this.byteOrder === 'little', this.#strings, id)
  }

  /** The types by ascending id, without void and, in split BTF, without those of the base. */
  *types(): IterableIterator<BtfType> {
    for (let id = this.#firstId; id < this.typeCount; id++) yield this.type(id)
  }

  /**
   * The first type of that name, base first; C lets a struct, a typedef and a function share one, so a kind may be
   * asked for.
   */
  findByName(name: string, kind?: BtfKind): BtfType | undefined {
    requireText(name, 'name')
    const inBase = this.base?.findByName(name, kind)
    if (inBase || name === '') return inBase
    const bytes = Buffer.from(name)
    const littleEndian = this.byteOrder === 'little'
    const index = this.#offsets.findIndex(
      (offset) =>
        this.#strings.equals(this.#view.getUint32(offset, littleEndian), bytes) &&
        (kind === undefined || this.#kindAt(offset) === kind),
    )
    return index < 0 ? undefined : this.type(this.#firstId + index)
  }

  /**
   * The type behind typedefs, const, volatile, restrict and type tags; `onPass` is shown each of those that is passed.
   */
  resolve(id: number, onPass?: (type: BtfType) => void): BtfType {
    return resolveType(this, id, onPass)
  }

  /** `sizeof`: throws BtfError for what has none, a function or a struct that is only declared. */
  sizeOf(id: number): number {
    return sizeOfType(this, id)
  }

  /** The global variables of an object file, by the section that holds them. Functions in `.ksyms` are left out. */
  dataSections(): DataSection[] {
    const sections: DataSection[] = []
    for (const [index, offset] of this.#offsets.entries()) {
      if (this.#kindAt(offset) !== 'DATASEC') continue
      const section = this.type(this.#firstId + index) as BtfDatasec
      const variables = section.variables.flatMap(({ type, offset, size }) => {
        const variable = this.type(type)
        return variable.kind === 'VAR' ? [{ name: variable.name, offset, size, type: variable.type }] : []
      })
      sections.push({ id: section.id, name: section.name, size: section.size, variables })
    }
    return sections
  }

  #kindAt(offset: number): BtfKind | undefined {
    return kindNames[kindOf(this.#view.getUint32(offset + 4, this.byteOrder === 'little'))]
  }
}
shareClass(Btf, 'Btf')
