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

/** The maps and programs of an object, as they were when it was opened. */
export interface Described {
  readonly maps: readonly NativeMapDescription[]
  readonly programs: readonly NativeProgramDescription[]
}

/** A loaded object: its programs can be attached, and its maps hold data. Closing it closes them too, but not its links. */
export class BpfObject<T extends ObjectTypes = UntypedObject> extends Handle {
  /** The global variables, live. `const volatile` ones can no longer be set. */
  readonly globals: T['globals']
  /** The object's own types; undefined if it was compiled without `-g`. */
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

  /** The names of all maps, including those of globals and of struct_ops: `counts`, `syscalls.bss`. */
  get mapNames(): string[] {
    return this.#maps.names
  }

  /** The C names of all programs, including those that were not loaded. */
  get programNames(): string[] {
    return [...this.#programIndex.keys()]
  }

  /**
   * Returns the map of that name. Keys and values are decoded by the object's BTF and `options`. Equal options return the same handle;
   * a call without options returns the handle of the first caller.
   *
   * @throws {RangeError} if the object has no such map.
   *
   * @example
   * ```ts
   * import { open } from 'ebpf'
   *
   * using bpf = await open('count.bpf.o').load()
   * const counts = bpf.map<number, bigint>('counts', { int64: 'bigint' })
   * console.log(counts.get(process.pid))
   * ```
   */
  map<N extends KnownNameOf<T['maps']>>(name: N, options?: Partial<Decoding<T>>): BpfMap<MapKey<T, N>, MapValue<T, N>>
  map<K = unknown, V = unknown>(name: NameOf<T['maps']>, options?: MapOptions<K, V>): BpfMap<K, V>
  map<K, V>(name: string, options: MapOptions<K, V> = {}): BpfMap<K, V> {
    return this.#maps.get(name, options)
  }

  /**
   * Returns the program of that name.
   *
   * @throws {RangeError} if the object has no such program, or it was not loaded.
   *
   * @example
   * ```ts
   * import { open } from 'ebpf'
   *
   * using bpf = await open('count.bpf.o').load()
   * using link = bpf.program('on_connect').attachKprobe('tcp_v4_connect')
   * console.log(link.info())
   * ```
   */
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
   * Opens a reader of the ring buffer map of that name (Linux 5.8). Each call opens a new one; a ring has one reader at a time.
   *
   * @throws {BpfError} EINVAL if the map is not a ring buffer, EBUSY while another reader of it is open in this process.
   * @throws {RangeError} if the object has no such map, or its BTF has no such `type`.
   *
   * @example
   * ```ts
   * import { open } from 'ebpf'
   *
   * using bpf = await open('exec.bpf.o').load()
   * using _links = bpf.attach()
   * using execs = bpf.ringbuf<{ pid: number; comm: string }>('execs', { type: 'exec', charArrays: 'string' })
   * for await (const { pid, comm } of execs) console.log(pid, comm)
   * ```
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
   * Opens a reader of the perf event array of that name. A CPU has one reader at a time: a second would take the first one's events.
   *
   * @throws {BpfError} EINVAL if the map is not a perf event array or `pages` is not a power of two, EBUSY while another reader of one
   *   of the CPUs is open in this process.
   * @throws {RangeError} if the object has no such map, or its BTF has no such `type`.
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
   * Opens a writer to the user ring buffer of that name (Linux 6.1). It has one writer at a time.
   *
   * @throws {BpfError} EINVAL if the map is not a user ring buffer, EBUSY while another writer of it is open in this process.
   * @throws {RangeError} if the object has no such map, or its BTF has no such `type`.
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
   * It leaves out programs that were not loaded or whose autoattach is off. It also leaves out, and lists in `skipped`, programs whose
   * section names no target, such as `SEC("kprobe")` and `SEC("xdp")`, or that were given another type than their section's.
   * If nothing is attached, a `BpfWarning` says which methods attach the skipped programs.
   *
   * @throws the error of the first program or map that cannot be attached; those attached before are detached.
   */
  attach(): Links {
    return attachObject(this.#native, this.#described.programs, this)
  }

  /**
   * Registers a struct_ops map, `SEC(".struct_ops.link")` or `SEC(".struct_ops")`, with the kernel's subsystem that uses it.
   *
   * @throws {NotSupportedError} before Linux 5.6, or without the kernel's BTF.
   */
  attachStructOps(map: string): StructOpsLink {
    return attachStructOps(this.#native, this.#maps.indexOf(map), map)
  }

  /**
   * Replaces the map of a struct_ops link with a map of this object, in one step.
   *
   * @throws {NotSupportedError} before Linux 6.4.
   * @throws {BpfError} EINVAL if the link's map is in `SEC(".struct_ops")`, which does not create a link in the kernel.
   */
  updateStructOps(link: StructOpsLink, map: string): void {
    requireInstance(link, StructOpsLink, 'link').replace(this.#native, this.#maps.indexOf(map))
  }

  /** Closes the object, its map handles and its programs. Its links stay open. */
  override close(): void {
    this.#maps.close()
    for (const program of this.#programs.values()) program.close()
    super.close()
  }
}
shareClass(BpfObject, 'BpfObject')
