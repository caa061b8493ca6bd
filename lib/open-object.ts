import type { NativeMapDescription, NativeObject, NativeProgramDescription } from './internal/binding.js'

/** A map of an object that is not loaded yet. */
export class OpenMap {
  readonly #native: NativeObject
  readonly #index: number
  readonly name: string
  /** BPF_MAP_TYPE_*, as a number. */
  readonly type: number
  /** Bytes. */
  readonly keySize: number
  /** Bytes. */
  readonly valueSize: number
  #maxEntries: number

  /** @internal */
  constructor(native: NativeObject, index: number, description: NativeMapDescription) {
    this.#native = native
    this.#index = index
    this.name = description.name
    this.type = description.type
    this.keySize = description.keySize
    this.valueSize = description.valueSize
    this.#maxEntries = description.maxEntries
  }

  /** Entries; for a ring buffer its bytes. Set it before `load`. */
  get maxEntries(): number {
    return this.#maxEntries
  }

  set maxEntries(entries: number) {
    if (!Number.isInteger(entries) || entries < 1 || entries > 0xffff_ffff) {
      throw new RangeError(`maxEntries of map ${this.name} must be an integer from 1 to 4294967295, not ${entries}`)
    }
    this.#native.setMaxEntries(this.#index, entries)
    this.#maxEntries = entries
  }
}

/** A program of an object that is not loaded yet. */
export class OpenProgram {
  readonly #native: NativeObject
  readonly #index: number
  readonly name: string
  /** The ELF section, which says what the program attaches to. */
  readonly section: string
  /** BPF_PROG_TYPE_*, as a number. */
  readonly type: number
  #autoload: boolean

  /** @internal */
  constructor(native: NativeObject, index: number, description: NativeProgramDescription) {
    this.#native = native
    this.#index = index
    this.name = description.name
    this.section = description.section
    this.type = description.type
    this.#autoload = description.autoload
  }

  /** Whether `load` loads it. */
  get autoload(): boolean {
    return this.#autoload
  }

  set autoload(on: boolean) {
    this.#native.setAutoload(this.#index, on)
    this.#autoload = on
  }

  /**
   * What a program is loaded for that its section does not name, or names otherwise: a function of the kernel for `fentry`, a
   * hook for `lsm`, or a function of the loaded program `target` for `freplace`.
   *
   * @throws {BpfError} ESRCH or ENOENT when there is no such function.
   */
  setAttachTarget(name: string, target?: { readonly fd: number }): void {
    this.#native.setAttachTarget(this.#index, target?.fd ?? 0, name)
  }
}
