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

/** A data section of an object file, such as `.rodata`, with its variables. */
export interface DataSection {
  /** The id of the section's DATASEC type. */
  readonly id: number
  /** The section's name: `.rodata`, `.maps`, `license`. */
  readonly name: string
  /** The size of the section in bytes. */
  readonly size: number
  /** The variables in the section. */
  readonly variables: readonly DataVariable[]
}

/** A variable in a data section. */
export interface DataVariable {
  readonly name: string
  /** Bytes from the start of the section. */
  readonly offset: number
  /** The size of the variable in bytes. */
  readonly size: number
  /** The id of the variable's own type, not of its VAR. */
  readonly type: number
}

/**
 * The types of an object file, of the kernel (`/sys/kernel/btf/vmlinux`) or of a module, in BTF, the BPF Type Format. Types are decoded on
 * demand, so opening the kernel's hundred thousand types takes only milliseconds. Malformed data throws BtfError, either while parsing or
 * when the faulty type is reached.
 */
export class Btf {
  /** The byte order of the BTF data. */
  readonly byteOrder: 'little' | 'big'
  /** For split BTF, such as a module's, the BTF that it extends. */
  readonly base: Btf | undefined
  /** The number of types. Ids run from 0, which is void, to one below this. Split BTF counts the types of its base too. */
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
   * Parses raw BTF, the content of an ELF file's `.BTF` section, and copies it. For a module's BTF, pass the kernel's as `base`.
   */
  static parse(bytes: Uint8Array, options: { readonly base?: Btf } = {}): Btf {
    const { base } = requireOptions(options, { base: true })
    if (base !== undefined) requireInstance(base, Btf, 'base')
    const data = new Uint8Array(requireBytes(bytes, 'bytes'))
    return new Btf(data, parseHeader(new DataView(data.buffer)), base)
  }

  /** Returns the type with an id. @throws {BtfError} if there is none. */
  type(id: number): BtfType {
    if (requireNumber(id, 'a type’s id') === 0) return { kind: 'VOID', id, name: '' }
    const offset = this.#offsets[id - this.#firstId]
    if (offset === undefined) {
      if (this.base && id < this.#firstId) return this.base.type(id)
      throw new BtfError(`there is no type ${show(id)}: the last is ${this.typeCount - 1}`, { type: id })
    }
    return decodeType(this.#view, offset, this.byteOrder === 'little', this.#strings, id)
  }

  /** Iterates over the types in order of id, without void and, in split BTF, without those of the base. */
  *types(): IterableIterator<BtfType> {
    for (let id = this.#firstId; id < this.typeCount; id++) yield this.type(id)
  }

  /**
   * Finds the first type of a name; types of the base come first. In C, a struct, a typedef and a function can have the same name: pass
   * `kind` to select one.
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
   * Follows typedefs, const, volatile, restrict and type tags to the type behind them. `onPass` is called with each type on the way.
   */
  resolve(id: number, onPass?: (type: BtfType) => void): BtfType {
    return resolveType(this, id, onPass)
  }

  /** The size of a type in bytes, C's `sizeof`. Throws BtfError for a type without a size: a function, a struct that is only declared. */
  sizeOf(id: number): number {
    return sizeOfType(this, id)
  }

  /** Lists the global variables of an object file, by section. Functions in `.ksyms` are left out. */
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
