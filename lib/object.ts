import { attachesItself } from './attach/section.js'
import { Btf } from './btf.js'
import { type Globals, globalsOf } from './globals.js'
import {
  binding,
  type NativeLogLevel as LogLevel,
  type NativeMapDescription,
  type NativeObject,
  type NativeProgramDescription,
} from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import type { Link } from './link.js'
import { closeAll, Links } from './links.js'
import { BpfMap, type MapOptions } from './map.js'
import type {
  Decoding,
  DecodingArguments,
  KnownNameOf,
  MapKey,
  MapValue,
  NameOf,
  ObjectTypes,
  OpenGlobals,
  RingName,
  UntypedObject,
} from './object-types.js'
import { OpenMap } from './open-map.js'
import { OpenProgram } from './open-program.js'
import { Program } from './program.js'
import { RingBuffer, type RingBufferOptions } from './ringbuf.js'
import { attachStructOps, type StructOpsLink } from './struct-ops.js'

export interface OpenOptions {
  /** Names an object opened from memory; libbpf prefixes its internal maps with it. Default: the file's name. */
  readonly name?: string
  /** A BTF file to relocate against, for a kernel without `/sys/kernel/btf/vmlinux`. */
  readonly kernelBtf?: string
  /** Directory on a bpffs for maps that are pinned by name. Default: `/sys/fs/bpf`. */
  readonly pinRoot?: string
  /** 0 (default) logs only when a program is refused, 1 and 2 always and more, 4 adds statistics. */
  readonly logLevel?: number
  /** Lines like `CONFIG_HZ=250`, which `__kconfig` variables take before the kernel's own configuration. */
  readonly kconfig?: string
  /** Ignores attributes of maps that libbpf does not know. Default: false. */
  readonly relaxedMaps?: boolean
  /** A bpffs to make a BPF token from (Linux 6.9); `''` for none. Default: `/sys/fs/bpf`, where it delegates. */
  readonly tokenPath?: string
  /**
   * Called with each message of libbpf about this object, debugging ones too, when the call that caused it is done, on the calling
   * thread. What it throws, the call throws. Messages are in the errors' `log` besides; nothing goes to stderr.
   */
  readonly onLog?: (level: LogLevel, message: string) => void
}

export type { NativeLogLevel as LogLevel } from './internal/binding.js'

/**
 * Opens a BPF object: parses its ELF and BTF, which needs no privilege.
 *
 * @typeParam T What the object holds, as `ebpf types` writes it: names are then checked, and values have types.
 * @param source A path, or the bytes of an ELF file.
 * @throws {BpfError} ENOENT, or what libbpf says of the file; its messages are in `log`.
 */
export function open<T extends ObjectTypes = UntypedObject>(
  source: string | Uint8Array,
  options: OpenOptions = {},
): OpenObject<T> {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    throw new TypeError(`an object is opened by its path or its bytes, not ${String(source)}`)
  }
  const native = binding.openObject(source, options)
  try {
    return new OpenObject<T>(native, typeof source === 'string' ? source : (options.name ?? 'a buffer'))
  } catch (error) {
    native.close() // its BTF is one that libbpf takes and the parser does not
    throw error
  }
}

/** An object that is opened and not yet loaded: its globals, map sizes and choice of programs can still be changed. */
export class OpenObject<T extends ObjectTypes = UntypedObject> extends Handle {
  readonly maps: ReadonlyMap<string, OpenMap>
  readonly programs: ReadonlyMap<string, OpenProgram>
  readonly #native: NativeObject
  readonly #source: string
  // As opened: on loading, libbpf forgets the BTF types of the maps that the kernel takes none for.
  readonly #described: Described
  #types: Types

  /** @internal */
  constructor(native: NativeObject, source: string) {
    const described = { maps: native.maps(), programs: native.programs() }
    const types = typesOf(native, described)
    super(native, `the object ${source}`)
    this.#native = native
    this.#source = source
    this.#described = described
    this.#types = types
    const onResize = () => {
      this.#types = typesOf(native, this.#described)
    }
    this.maps = new Map(this.#described.maps.map((map, index) => [map.name, new OpenMap(native, index, map, onResize)]))
    this.programs = new Map(
      this.#described.programs.map((program, index) => [program.name, new OpenProgram(native, index, program)]),
    )
  }

  /** Initial values of global variables, `const volatile` ones included, by name. */
  get globals(): OpenGlobals<T> {
    return this.#types.globals as OpenGlobals<T>
  }

  /** The object's own types; undefined when it was compiled without `-g`. */
  get btf(): Btf | undefined {
    return this.#types.btf
  }

  /** @throws {RangeError} when the object has no such map. */
  map(name: NameOf<T['maps']>): OpenMap {
    return named(this.maps, name, 'map')
  }

  /** @throws {RangeError} when the object has no such program. */
  program(name: NameOf<T['programs']>): OpenProgram {
    return named(this.programs, name, 'program')
  }

  /**
   * Creates the maps and loads the programs, off the main thread. The open object is used up, also by a failure.
   *
   * @throws {VerifierError} with the verifier's log when it refuses a program.
   * @throws {PermissionError} naming the capabilities that are missing.
   */
  async load(): Promise<BpfObject<T>> {
    try {
      await this.#native.load()
    } catch (error) {
      this.close()
      throw error
    }
    return this.#loaded()
  }

  /** `load` on the calling thread. */
  loadSync(): BpfObject<T> {
    try {
      this.#native.loadSync()
    } catch (error) {
      this.close()
      throw error
    }
    return this.#loaded()
  }

  #loaded(): BpfObject<T> {
    this.disown()
    return new BpfObject<T>(this.#native, this.#source, this.btf, this.#described)
  }
}

interface Types {
  readonly btf: Btf | undefined
  readonly globals: Globals
}

/** Read anew when a section of globals is resized. */
function typesOf(native: NativeObject, { maps }: Described): Types {
  const bytes = native.btf()
  const btf = bytes && Btf.parse(bytes)
  return { btf, globals: globalsOf(native, btf, maps) }
}

// include/uapi/linux/bpf.h, BPF_MAP_TYPE_STRUCT_OPS
const structOpsType = 26

interface Described {
  readonly maps: readonly NativeMapDescription[]
  readonly programs: readonly NativeProgramDescription[]
}

/** A loaded object: its programs attach, its maps hold data. Closing it closes them too; links live on by themselves. */
export class BpfObject<T extends ObjectTypes = UntypedObject> extends Handle {
  /** Live global variables. `const volatile` ones can no longer be set. */
  readonly globals: T['globals']
  readonly btf: Btf | undefined
  readonly #native: NativeObject
  readonly #described: Described
  readonly #mapIndex: ReadonlyMap<string, number>
  readonly #programIndex: ReadonlyMap<string, number>
  readonly #maps = new Map<string, BpfMap<unknown, unknown>>()
  readonly #programs = new Map<string, Program>()

  /** @internal */
  constructor(native: NativeObject, source: string, btf: Btf | undefined, described: Described) {
    super(native, `the object ${source}`)
    this.#native = native
    this.btf = btf
    this.globals = globalsOf(native, btf, described.maps) as T['globals']
    this.#described = described
    this.#mapIndex = new Map(described.maps.map(({ name }, index) => [name, index]))
    this.#programIndex = new Map(described.programs.map(({ name }, index) => [name, index]))
  }

  get mapNames(): string[] {
    return [...this.#mapIndex.keys()]
  }

  get programNames(): string[] {
    return [...this.#programIndex.keys()]
  }

  /**
   * The map of that name; the same handle each time. Keys and values are decoded by the object's BTF.
   * `options` count only the first time.
   *
   * @throws {RangeError} when the object has no such map.
   */
  map<N extends KnownNameOf<T['maps']>>(name: N, ...options: DecodingArguments<T>): BpfMap<MapKey<T, N>, MapValue<T, N>>
  map<K = unknown, V = unknown>(name: NameOf<T['maps']>, options?: MapOptions<K, V>): BpfMap<K, V>
  map<K, V>(name: string, options: MapOptions<K, V> = {}): BpfMap<K, V> {
    let map = this.#maps.get(name)
    if (!map) {
      const index = named(this.#mapIndex, name, 'map')
      const description = this.#described.maps[index]
      map = new BpfMap<unknown, unknown>(this.#native.map(index), {
        ...(options as MapOptions<unknown, unknown>),
        ...(this.btf &&
          description && { btf: this.btf, keyType: description.btfKeyTypeId, valueType: description.btfValueTypeId }),
      })
      this.#maps.set(name, map)
    }
    return map as BpfMap<K, V>
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

  /** A reader of the ring buffer map of that name. Each call opens a new one; a ring has one reader at a time. */
  ringbuf<N extends KnownNameOf<T['types']>>(
    name: RingName<T>,
    options: Decoding<T, { readonly type: N }>,
  ): RingBuffer<T['types'][N]>
  ringbuf<R = unknown>(
    name: RingName<T>,
    options?: RingBufferOptions<R> & { readonly type?: NameOf<T['types']> },
  ): RingBuffer<R>
  ringbuf<R>(name: NameOf<T['maps']>, options: RingBufferOptions<R> = {}): RingBuffer<R> {
    return new RingBuffer<R>(this.map(name), { ...(this.btf && { btf: this.btf }), ...options })
  }

  /**
   * Attaches every program to what its section names, and every struct_ops map, as a libbpf skeleton does: all or nothing.
   * Left out are programs that were not loaded, or whose autoattach is off, and those whose section names no target,
   * `SEC("kprobe")` and `SEC("xdp")` for example: `skipped` tells which.
   *
   * @throws what attaching one of them throws; what was attached before it is detached.
   */
  attach(): Links {
    const links: Link[] = []
    const skipped: string[] = []
    try {
      for (const { name, section, autoload, autoattach } of this.#native.programs()) {
        if (!autoload || !autoattach) continue
        if (attachesItself(section)) links.push(this.program(name as NameOf<T['programs']>).attach())
        // The functions of a struct_ops map are attached with it.
        else if (!section.startsWith('struct_ops')) skipped.push(name)
      }
      for (const { name, type, autoattach } of this.#native.maps()) {
        if (type === structOpsType && autoattach) links.push(this.attachStructOps(name))
      }
    } catch (error) {
      closeAll(links)
      throw error
    }
    return new Links(links, skipped)
  }

  /**
   * Registers a struct_ops map, `SEC(".struct_ops.link")` or `SEC(".struct_ops")`, with what uses it.
   *
   * @throws {NotSupportedError} before Linux 5.6, or without the kernel's BTF.
   */
  attachStructOps(map: string): StructOpsLink {
    return attachStructOps(this.#native, named(this.#mapIndex, map, 'map'), map)
  }

  /**
   * Puts a map of this object in the place of the one that a struct_ops link holds, in one step.
   *
   * @throws {NotSupportedError} before Linux 6.4.
   * @throws {BpfError} EINVAL when the link's map is of `SEC(".struct_ops")`, which makes no link.
   */
  updateStructOps(link: StructOpsLink, map: string): void {
    link.replace(this.#native, named(this.#mapIndex, map, 'map'))
  }

  override close(): void {
    for (const child of [...this.#maps.values(), ...this.#programs.values()]) child.close()
    super.close()
  }
}

function named<T>(items: ReadonlyMap<string, T>, name: string, kind: string): T {
  const item = items.get(name)
  if (item === undefined) {
    throw new RangeError(`the object has no ${kind} '${name}'; it has: ${[...items.keys()].join(', ') || 'none'}`)
  }
  return item
}
