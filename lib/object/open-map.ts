import { inspect } from 'node:util'
import { requireFd, requireNumber, requireText, show } from '../arguments.js'
import type { NativeMapDescription, NativeMapSettings, NativeObject } from '../internal/binding.js'
import { typeName, typeNumber } from '../kernel/type-names.js'
import type { MapType } from '../maps/types.js'
import { type Path, pathOf } from '../path.js'
import { printable } from '../printable.js'
import { shareClass } from '../shared-class.js'
import { named } from './named.js'

/**
 * A map of an object that is not loaded yet. `load` creates the map with the settings made here; after `load` or `reuse`, setting
 * throws EBUSY. A number out of range throws RangeError. Setting a property that cannot be changed throws EINVAL: maps of global
 * variables and of struct_ops keep what the compiler gave them.
 */
export class OpenMap {
  readonly #native: NativeObject
  readonly #index: number
  readonly #onResize: () => void
  readonly #programIndex: ReadonlyMap<string, number>
  /** The C name; for a map of globals, libbpf's name, such as `syscalls.bss`. */
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

  /** The type's name in libbpf and bpftool, such as `lru_hash`; for one that is newer than this package, `map type` and its number. */
  get type(): MapType | (string & {}) {
    return typeName('map', this.#now.type)
  }

  set type(type: MapType) {
    this.#set({ type: typeNumber('map', requireText(type, 'type')) })
  }

  /** The type as a number, BPF_MAP_TYPE_*. It may be one that is newer than this package. */
  get typeId(): number {
    return this.#now.type
  }

  set typeId(type: number) {
    this.#set({ type: typeNumber('map', requireNumber(type, 'typeId')) })
  }

  /** @internal The BTF type id of the value; for a map of globals, that of the section. */
  get btfValueTypeId(): number {
    return this.#now.btfValueTypeId
  }

  /** @internal Whether it has a template for the maps that it will hold. */
  get hasInner(): boolean {
    return this.#now.inner !== undefined
  }

  /** The size of a key, in bytes. */
  get keySize(): number {
    return this.#now.keySize
  }

  set keySize(keySize: number) {
    this.#set({ keySize })
  }

  /**
   * The size of a value, in bytes. Setting it also resizes a custom section of globals, such as `.data.table`, whose last variable is an
   * array: that array gets as many elements as fit.
   */
  get valueSize(): number {
    return this.#now.valueSize
  }

  set valueSize(valueSize: number) {
    this.#set({ valueSize })
    if (this.#now.internal) this.#onResize()
  }

  /** The number of entries; for a ring buffer its bytes (libbpf rounds them up to a size the kernel accepts), for an arena its pages. */
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

  /** The flags of BPF_MAP_CREATE, BPF_F_*, as a number. */
  get flags(): number {
    return this.#now.flags
  }

  set flags(flags: number) {
    this.#set({ flags })
  }

  /** `map_extra`, for example the number of hash functions of a bloom filter. */
  get extra(): bigint {
    return this.#now.extra
  }

  set extra(extra: bigint) {
    this.#set({ extra })
  }

  /** The NUMA node from which its memory is allocated. Used only if `flags` contain BPF_F_NUMA_NODE (4). */
  get numaNode(): number {
    return this.#now.numaNode
  }

  set numaNode(numaNode: number) {
    this.#set({ numaNode })
  }

  /** The index of the interface to whose hardware the map is offloaded; 0 for none. */
  get ifindex(): number {
    return this.#now.ifindex
  }

  set ifindex(ifindex: number) {
    this.#set({ ifindex })
  }

  /** Whether `load` creates the map. If it does not, loading a program that uses the map fails. */
  get autocreate(): boolean {
    return this.#now.autocreate
  }

  set autocreate(autocreate: boolean) {
    this.#set({ autocreate })
  }

  /**
   * The name of the only program that may use the map. The kernel identifies it by the hash of its instructions, and refuses to load any
   * other program that uses the map. Linux 6.18; on an older kernel, `load` throws NotSupportedError.
   *
   * @throws {RangeError} if the object has no such program.
   */
  get exclusiveProgram(): string | undefined {
    return this.#exclusiveProgram
  }

  set exclusiveProgram(name: string) {
    this.#set({ exclusiveProgram: named(this.#programIndex, name, 'program') })
    this.#exclusiveProgram = name
  }

  /**
   * The file on a bpffs to which the map is pinned; undefined for none. If the file exists on `load`, the map pinned there is used, which
   * must have the same definition; otherwise the new map is pinned there. A map with `__uint(pinning, LIBBPF_PIN_BY_NAME)` has a path in
   * `OpenOptions.pinRoot`.
   */
  get pinPath(): string | undefined {
    return this.#now.pinPath
  }

  set pinPath(path: Path | undefined) {
    this.#set({ pinPath: pathOf(path) ?? null })
  }

  /**
   * Uses an open map instead of creating one. The two handles are closed independently. For a pinned map, set `pinPath` instead.
   *
   * @throws {BpfError} EINVAL if its type or a size differs.
   */
  reuse(map: { readonly fd: number }): void {
    this.#native.reuseMap(this.#index, requireFd(map, 'map'))
    this.#refresh()
  }

  /**
   * Uses an open map as the template for the maps that this map of maps will hold, if the object itself does not define one.
   *
   * @throws {BpfError} EINVAL if this is not a map of maps, or has a template already.
   */
  setInner(map: { readonly fd: number }): void {
    this.#native.setInnerMap(this.#index, requireFd(map, 'map'))
    this.#refresh()
  }

  /** @internal */
  [inspect.custom](): string {
    return printable(`[OpenMap ${this.name}: ${this.type}, ${this.maxEntries} entries]`)
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
