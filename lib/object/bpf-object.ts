import { requireInstance } from '../arguments.js'
import { overDefaults } from '../btf/codec/options.js'
import type { Btf, CodecOptions } from '../btf/index.js'
import { PerfBuffer, type PerfBufferOptions, type PerfBufferSizes } from '../events/perfbuf.js'
import { RingBuffer, type RingBufferOptions } from '../events/ringbuf.js'
import { UserRingBuffer, type UserRingBufferOptions } from '../events/user-ringbuf.js'
import type { NativeMapDescription, NativeObject, NativeProgramDescription } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { attachObject } from '../link/attach/object.js'
import type { Links } from '../link/links.js'
import type { BpfMap } from '../maps/map.js'
import type { MapOptions } from '../maps/options.js'
import { Program } from '../program/program.js'
import { shareClass } from '../shared-class.js'
import { globalsOf } from './globals.js'
import type { ObjectMaps } from './maps.js'
import { named } from './named.js'
import { attachStructOps, StructOpsLink } from './struct-ops.js'
import type { Decoding, KnownNameOf, MapKey, MapName, MapValue, NameOf, ObjectTypes, UntypedObject } from './types.js'

/** What an object held when it was opened. */
export interface Described {
  readonly maps: readonly NativeMapDescription[]
  readonly programs: readonly NativeProgramDescription[]
}

/** A loaded object: its programs attach, its maps hold data. Closing it closes them too; links live on by themselves. */
export class BpfObject<T extends ObjectTypes = UntypedObject> extends Handle {
  /** Live global variables. `const volatile` ones can no longer be set. */
  readonly globals: T['globals']
  /** The object's own types; undefined when it was compiled without `-g`. */
  readonly btf: Btf | undefined
  /** @internal `OpenOptions.decode` */
  readonly decode: CodecOptions
  readonly #native: NativeObject
  readonly #described: Described
  readonly #maps: ObjectMaps
  readonly #programIndex: ReadonlyMap<string, number>
  readonly #programs = new Map<string, Program>()

  /** @internal */
  constructor(
    native: NativeObject,
    source: string,
    btf: Btf | undefined,
    described: Described,
    decode: CodecOptions,
    maps: ObjectMaps,
  ) {
    super(native, `the object ${source}`)
    this.#native = native
    this.btf = btf
    this.decode = decode
    this.globals = globalsOf(native, btf, described.maps, decode) as T['globals']
    this.#described = described
    this.#maps = maps
    this.#programIndex = new Map(described.programs.map(({ name }, index) => [name, index]))
  }

  /** Maps of globals and of struct_ops included: `counts`, `syscalls.bss`. */
  get mapNames(): string[] {
    return this.#maps.names
  }

  /** C names of all programs, of those that were not loaded too. */
  get programNames(): string[] {
    return [...this.#programIndex.keys()]
  }

  /**
   * The map of that name. Keys and values are decoded by the object's BTF, and by `options`; without any, as the first caller asked.
   * The same handle each time for equal options.
   *
   * @throws {RangeError} when the object has no such map.
   */
  map<N extends KnownNameOf<T['maps']>>(name: N, options?: Partial<Decoding<T>>): BpfMap<MapKey<T, N>, MapValue<T, N>>
  map<K = unknown, V = unknown>(name: NameOf<T['maps']>, options?: MapOptions<K, V>): BpfMap<K, V>
  map<K, V>(name: string, options: MapOptions<K, V> = {}): BpfMap<K, V> {
    return this.#maps.get(name, options)
  }

  /** @throws {RangeError} when the object has no such program, or it was not loaded. */
  program(name: NameOf<T['programs']>): Program {
    let program = this.#programs.get(name)
    if (!program) {
      const index = named(this.#programIndex, name, 'program')
      program = new Program(this, this.#native.program(index), this.#described.programs[index])
      this.#programs.set(name, program)
    }
    return program
  }

  /**
   * A reader of the ring buffer map of that name (Linux 5.8). Each call opens a new one; a ring has one reader at a time.
   *
   * @throws {BpfError} EINVAL when the map is no ring buffer, EBUSY while another reader of it is open in this process.
   * @throws {RangeError} when the object has no such map, or its BTF no such `type`.
   */
  ringbuf<N extends KnownNameOf<T['types']>>(
    name: MapName<T, 'ringbuf'>,
    options: { readonly type: N } & Partial<Decoding<T>>,
  ): RingBuffer<T['types'][N]>
  ringbuf<R = unknown>(
    name: MapName<T, 'ringbuf'>,
    options?: RingBufferOptions<R> & { readonly type?: NameOf<T['types']> },
  ): RingBuffer<R>
  ringbuf<R>(name: NameOf<T['maps']>, options: RingBufferOptions<R> = {}): RingBuffer<R> {
    return new RingBuffer<R>(this.map(name), overDefaults(this.decode, options))
  }

  /**
   * A reader of the perf event array of that name. One reader of a CPU at a time: a second would take the events of the first.
   *
   * @throws {BpfError} EINVAL when the map is no perf event array, or `pages` no power of two, EBUSY while another reader of one of
   *   the CPUs is open in this process.
   * @throws {RangeError} when the object has no such map, or its BTF no such `type`.
   */
  perfbuf<N extends KnownNameOf<T['types']>>(
    name: MapName<T, 'perf_event_array'>,
    options: { readonly type: N } & PerfBufferSizes & Partial<Decoding<T>>,
  ): PerfBuffer<T['types'][N]>
  perfbuf<R = unknown>(
    name: MapName<T, 'perf_event_array'>,
    options?: PerfBufferOptions<R> & { readonly type?: NameOf<T['types']> },
  ): PerfBuffer<R>
  perfbuf<R>(name: NameOf<T['maps']>, options: PerfBufferOptions<R> = {}): PerfBuffer<R> {
    return new PerfBuffer<R>(this.map(name), overDefaults(this.decode, options))
  }

  /**
   * A writer to the user ring buffer of that name (Linux 6.1). One writer at a time.
   *
   * @throws {BpfError} EINVAL when the map is no user ring buffer, EBUSY while another writer of it is open in this process.
   * @throws {RangeError} when the object has no such map, or its BTF no such `type`.
   */
  userRingbuf<N extends KnownNameOf<T['types']>>(
    name: MapName<T, 'user_ringbuf'>,
    options: { readonly type: N } & Partial<Decoding<T>>,
  ): UserRingBuffer<T['types'][N]>
  userRingbuf<R = unknown>(
    name: MapName<T, 'user_ringbuf'>,
    options?: UserRingBufferOptions<R> & { readonly type?: NameOf<T['types']> },
  ): UserRingBuffer<R>
  userRingbuf<R>(name: NameOf<T['maps']>, options: UserRingBufferOptions<R> = {}): UserRingBuffer<R> {
    return new UserRingBuffer<R>(this.map(name), overDefaults(this.decode, options))
  }

  /**
   * Attaches every program to what its section names, and every struct_ops map, as a libbpf skeleton does, but all or nothing.
   * Left out are programs that were not loaded, or whose autoattach is off, and those whose section names no target,
   * `SEC("kprobe")` and `SEC("xdp")` for example, or that were given another type than it says: `skipped` lists them.
   * Where that leaves nothing, a `BpfWarning` says by which methods they are attached.
   *
   * @throws what attaching one of them throws; what was attached before it is detached.
   */
  attach(): Links {
    return attachObject(this.#native, this.#described.programs, this)
  }

  /**
   * Registers a struct_ops map, `SEC(".struct_ops.link")` or `SEC(".struct_ops")`, with what uses it.
   *
   * @throws {NotSupportedError} before Linux 5.6, or without the kernel's BTF.
   */
  attachStructOps(map: string): StructOpsLink {
    return attachStructOps(this.#native, this.#maps.indexOf(map), map)
  }

  /**
   * Puts a map of this object in the place of the one that a struct_ops link holds, in one step.
   *
   * @throws {NotSupportedError} before Linux 6.4.
   * @throws {BpfError} EINVAL when the link's map is of `SEC(".struct_ops")`, which makes no link.
   */
  updateStructOps(link: StructOpsLink, map: string): void {
    requireInstance(link, StructOpsLink, 'link').replace(this.#native, this.#maps.indexOf(map))
  }

  override close(): void {
    this.#maps.close()
    for (const program of this.#programs.values()) program.close()
    super.close()
  }
}
shareClass(BpfObject, 'BpfObject')
