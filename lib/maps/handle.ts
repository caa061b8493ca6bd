import { constants, readFileSync } from 'node:fs'
import { BpfError } from '../errors.js'
import type { BpfMapInfo, NativeMap } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { Pin } from '../internal/pin.js'
import { typeName } from '../kernel/type-names.js'
import type { Path } from '../path.js'
import { shareClass } from '../shared-class.js'
import { describeMap, type MapInfo } from './info.js'
import { whyNotSet } from './not-set.js'
import type { MapType } from './types.js'

/** What maps of all types have in common. */
export abstract class MapHandle extends Handle {
  /** @internal */
  readonly native: NativeMap
  readonly #info: BpfMapInfo
  readonly #pin: Pin

  /** @internal */
  protected constructor(native: NativeMap, pinnedAt?: string) {
    const { info } = native
    super(native, info.name === '' ? `the ${typeName('map', info.type)} map without a name` : `the map ${info.name}`)
    this.native = native
    this.#info = info
    this.#pin = new Pin(pinnedAt)
  }

  /** The map's name: in full for a map of an object, otherwise the first 15 bytes, because the kernel keeps no more. */
  get name(): string {
    return this.#info.name
  }

  /** The kernel's id of the map, valid as long as the map exists; `openMap({ id })` opens the map with it. */
  get id(): number {
    return this.#info.id
  }

  /** The map's type as bpftool spells it, such as `percpu_array`; for one that is newer than this package, `map type` and its number. */
  get type(): MapType | (string & {}) {
    return typeName('map', this.#info.type)
  }

  /** The map's type as a number, BPF_MAP_TYPE_*. */
  get typeId(): number {
    return this.#info.type
  }

  /** The maximum number of entries; for a ring buffer its size in bytes, for an arena in pages. */
  get maxEntries(): number {
    return this.#info.maxEntries
  }

  /** The file descriptor; the handle still owns it. */
  get fd(): number {
    return this.native.fd
  }

  /** What the kernel reports about the map. `frozen` is read at each call; nothing else ever changes. */
  info(): MapInfo {
    return { ...describeMap(this.#info), frozen: this.#frozen() }
  }

  /**
   * Makes the map read-only for user space, for good. Programs can still write, unless the map has `rdonly_prog`. Linux 5.2.
   *
   * @throws {BpfError} EBUSY while a writable view of the map exists, or if one was closed only a moment ago.
   */
  freeze(): void {
    if (!this.#frozen()) this.native.freeze()
  }

  /**
   * Pins the map to a path on a BPF file system. It then outlives every process that has it open.
   *
   * @throws {BpfError} EEXIST if the path exists already, EINVAL if it is on another file system.
   */
  pin(path: Path): void {
    this.#pin.pin(this.fd, path)
  }

  /** Where this handle has pinned the map, or opened it. */
  get pinPath(): string | undefined {
    return this.#pin.path
  }

  /**
   * Removes the file at `pinPath`; the map lives on as long as a handle, a program or another pin holds it.
   *
   * @throws {BpfError} EINVAL when this handle has not pinned the map, ENOENT when the file is gone.
   */
  unpin(): void {
    this.#pin.unpin(`map ${this.name}`)
  }

  /** @internal Adds the reason to an error, if the map or its descriptor reveals it. */
  protected explain(error: unknown): unknown {
    if (!(error instanceof BpfError) || this.closed) return error
    const { code, errno, operation } = error
    if (code === 'EPERM') {
      const why = this.#frozen() ? 'the map is frozen, so user space can no longer change it' : this.#restriction()
      if (why === undefined) return error
      return new BpfError({ code, errno, operation, message: `${operation}: ${why}`, cause: error })
    }
    const refused = operation.startsWith('update map ') ? whyNotSet(code, this.native.info) : undefined
    if (refused === undefined) return error
    return new BpfError({ code, errno, operation, message: `${operation}: ${code}: ${refused}`, cause: error })
  }

  #frozen(): boolean {
    return /^frozen:\s*1$/m.test(this.#fdinfo())
  }

  #restriction(): string | undefined {
    const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(this.#fdinfo())?.[1] ?? '', 8)
    const access = flags & (constants.O_WRONLY | constants.O_RDWR)
    if (access === constants.O_RDONLY) return 'the map was opened to read it only'
    return access === constants.O_WRONLY ? 'the map was opened to write it only' : undefined
  }

  #fdinfo(): string {
    return readFileSync(`/proc/self/fdinfo/${this.fd}`, 'utf8')
  }
}
shareClass(MapHandle, 'MapHandle')
