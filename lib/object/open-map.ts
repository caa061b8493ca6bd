import { inspect } from 'node:util'
import { requireFd, show } from '../arguments.js'
import type { NativeMapDescription, NativeMapSettings, NativeObject } from '../internal/binding.js'
import { typeName, typeNumber } from '../kernel/type-names.js'
import { type Path, pathOf } from '../path.js'
import { printable } from '../printable.js'
import { shareClass } from '../shared-class.js'
import { named } from './named.js'

/**
 * A map of an object that is not loaded yet. What is set here is what `load` creates; after `load`, or after `reuse`, setting
 * throws EBUSY. A number that does not fit throws RangeError, and EINVAL says what cannot be changed: maps of global variables
 * and of struct_ops have what the compiler gave them.
 */
export class OpenMap {
  readonly #native: NativeObject
  readonly #index: number
  readonly #onResize: () => void
  readonly #programIndex: ReadonlyMap<string, number>
  readonly name: string
  #now: NativeMapDescription
  #exclusiveProgram: string | undefined

  /** @internal */
  constructor(
    native: NativeObject,
    index: number,
    description: NativeMapDescription,
    onResize: () => void,
    programIndex: ReadonlyMap<string, number>,
  ) {
    this.#native = native
    this.#index = index
    this.#onResize = onResize
    this.#programIndex = programIndex
    this.name = description.name
    this.#now = description
  }

  /** BPF_MAP_TYPE_*, as a number; it can be set by its name too, `lru_hash`. */
  get type(): number {
    return this.#now.type
  }

  set type(type: number | string) {
    this.#set({ type: typeNumber('map', type) })
  }

  /** As libbpf names it, `lru_hash`. */
  get typeName(): string {
    return typeName('map', this.type)
  }

  /** @internal Of a map of globals, the section's. */
  get btfValueTypeId(): number {
    return this.#now.btfValueTypeId
  }

  /** @internal Whether it has a template of the maps that it will hold. */
  get hasInner(): boolean {
    return this.#now.inner !== undefined
  }

  /** Bytes. */
  get keySize(): number {
    return this.#now.keySize
  }

  set keySize(keySize: number) {
    this.#set({ keySize })
  }

  /**
   * Bytes. A section of globals of its own, `.data.table`, whose last variable is an array, is resized by it: that array gets as
   * many elements as fit.
   */
  get valueSize(): number {
    return this.#now.valueSize
  }

  set valueSize(valueSize: number) {
    this.#set({ valueSize })
    if (this.#now.internal) this.#onResize()
  }

  /** Entries; of a ring buffer its bytes, of an arena its pages. libbpf rounds a ring buffer up to what the kernel takes. */
  get maxEntries(): number {
    return this.#now.maxEntries
  }

  set maxEntries(entries: number) {
    if (!Number.isInteger(entries) || entries < 1 || entries > 0xffff_ffff) {
      throw new RangeError(
        `maxEntries of map ${this.name} must be an integer from 1 to 4294967295, not ${show(entries)}`,
      )
    }
    this.#native.setMaxEntries(this.#index, entries)
    this.#refresh()
  }

  /** BPF_F_* of BPF_MAP_CREATE. */
  get flags(): number {
    return this.#now.flags
  }

  set flags(flags: number) {
    this.#set({ flags })
  }

  /** `map_extra`: how many hash functions a bloom filter has. */
  get extra(): bigint {
    return this.#now.extra
  }

  set extra(extra: bigint) {
    this.#set({ extra })
  }

  /** The node whose memory it is made of; counts with BPF_F_NUMA_NODE (4) among `flags`. */
  get numaNode(): number {
    return this.#now.numaNode
  }

  set numaNode(numaNode: number) {
    this.#set({ numaNode })
  }

  /** The interface whose hardware the map is offloaded to; 0 for none. */
  get ifindex(): number {
    return this.#now.ifindex
  }

  set ifindex(ifindex: number) {
    this.#set({ ifindex })
  }

  /** Whether `load` creates it. A program that is loaded and uses a map that is not there is refused. */
  get autocreate(): boolean {
    return this.#now.autocreate
  }

  set autocreate(autocreate: boolean) {
    this.#set({ autocreate })
  }

  /**
   * The name of the only program that may use the map, by the hash of its instructions: the kernel refuses to load any other that
   * uses it. Linux 6.18; on an older kernel, `load` throws NotSupportedError.
   *
   * @throws {RangeError} when the object has no such program.
   */
  get exclusiveProgram(): string | undefined {
    return this.#exclusiveProgram
  }

  set exclusiveProgram(name: string) {
    this.#set({ exclusiveProgram: named(this.#programIndex, name, 'program') })
    this.#exclusiveProgram = name
  }

  /**
   * A file on a bpffs. If it is there on `load`, the map that is pinned there is used, which must be of the same kind; else the new
   * one is pinned there. Undefined: neither. A map with `__uint(pinning, LIBBPF_PIN_BY_NAME)` has one, in `OpenOptions.pinRoot`.
   */
  get pinPath(): string | undefined {
    return this.#now.pinPath
  }

  set pinPath(path: Path | undefined) {
    this.#set({ pinPath: pathOf(path) ?? null })
  }

  /**
   * Uses a map that is open instead of creating one; both handles close by themselves. For one that is pinned, set `pinPath`.
   *
   * @throws {BpfError} EINVAL when its type or a size is another.
   */
  reuse(map: { readonly fd: number }): void {
    this.#native.reuseMap(this.#index, requireFd(map, 'map'))
    this.#refresh()
  }

  /**
   * Takes an open map as the template of what this map of maps will hold, where the object itself names none.
   *
   * @throws {BpfError} EINVAL when it is no map of maps, or has been given one already.
   */
  setInner(map: { readonly fd: number }): void {
    this.#native.setInnerMap(this.#index, requireFd(map, 'map'))
    this.#refresh()
  }

  /** @internal */
  [inspect.custom](): string {
    return printable(`[OpenMap ${this.name}: ${this.typeName}, ${this.maxEntries} entries]`)
  }

  #set(settings: NativeMapSettings): void {
    this.#native.setMap(this.#index, settings)
    this.#refresh()
  }

  #refresh(): void {
    this.#now = this.#native.maps()[this.#index] ?? this.#now
  }
}
shareClass(OpenMap, 'OpenMap')
