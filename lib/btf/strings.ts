import { BtfError } from './error.js'
import type { Section } from './header.js'

// The kernel rejects names of 512 bytes or more (KSYM_NAME_LEN). Without a limit, a small file could refer to one huge string in each of
// its members.
const longestName = 4096
const longestOfKernel = 511
// The total of longer names, which only this package accepts, is limited too: each member could name another part of one string.
const mostOfLongNames = 16 << 20

/** The NUL-terminated names of a BTF. In split BTF, their offsets continue from those of the base. */
export class Strings {
  readonly #bytes: Buffer
  readonly #start: number
  readonly #base: Strings | undefined
  #longNames = 0

  constructor(data: Uint8Array, section: Section, base: Strings | undefined) {
    this.#bytes = Buffer.from(data.buffer, data.byteOffset + section.offset, section.length)
    this.#start = base?.end ?? 0
    this.#base = base
    if (this.#bytes.length > 0 && this.#bytes.at(-1) !== 0) {
      throw new BtfError('the string section does not end in NUL', { offset: section.offset + section.length - 1 })
    }
  }

  /** The first offset after this table. */
  get end(): number {
    return this.#start + this.#bytes.length
  }

  get(offset: number, type: number): string {
    if (offset === 0) return ''
    if (this.#base && offset < this.#start) return this.#base.get(offset, type)
    const from = offset - this.#start
    if (from >= this.#bytes.length) {
      throw new BtfError(`a name at ${offset} lies outside the string section of ${this.end} bytes`, { type })
    }
    const length = this.#bytes.subarray(from, from + longestName).indexOf(0)
    if (length < 0) throw new BtfError(`the name at ${offset} is longer than ${longestName} bytes`, { type })
    if (length > longestOfKernel) this.#countLong(length, type)
    return this.#bytes.toString('utf8', from, from + length)
  }

  #countLong(length: number, type: number): void {
    this.#longNames += length
    if (this.#longNames <= mostOfLongNames) return
    const what = `names longer than ${longestOfKernel} bytes, which the kernel refuses, are ${mostOfLongNames >> 20} MB together`
    throw new BtfError(what, { type })
  }

  /** Whether the name at `offset` is `name`, without creating a string. */
  equals(offset: number, name: Uint8Array): boolean {
    if (this.#base && offset < this.#start) return this.#base.equals(offset, name)
    const from = offset - this.#start
    if (this.#bytes[from + name.length] !== 0) return false
    for (let i = 0; i < name.length; i++) if (this.#bytes[from + i] !== name[i]) return false
    return true
  }
}
