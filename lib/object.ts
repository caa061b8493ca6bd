import { attachObject } from './attach/object.js'
import { Btf } from './btf.js'
import { type Globals, globalsOf } from './globals.js'
import {
  binding,
  type NativeMapDescription,
  type NativeObject,
  type NativeProgramDescription,
} from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import type { Links } from './links.js'
import { BpfMap, type MapOptions } from './map.js'
import { OpenMap, OpenProgram } from './open-object.js'
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
}

/**
 * Opens a BPF object: parses its ELF and BTF, which needs no privilege.
 *
 * @param source A path, or the bytes of an ELF file.
 * @throws {BpfError} ENOENT, or what libbpf says of the file; its messages are in `log`.
 */
export function open(source: string | Uint8Array, options: OpenOptions = {}): OpenObject {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) {
    throw new TypeError(`an object is opened by its path or its bytes, not ${String(source)}`)
  }
  return new OpenObject(
    binding.openObject(source, options),
    typeof source === 'string' ? source : (options.name ?? 'a buffer'),
  )
}

/** An object that is opened and not yet loaded: its globals, map sizes and choice of programs can still be changed. */
export class OpenObject extends Handle {
  /** Initial values of global variables, `const volatile` ones included, by name. */
  readonly globals: Globals
  /** The object's own types; undefined when it was compiled without `-g`. */
  readonly btf: Btf | undefined
  readonly maps: ReadonlyMap<string, OpenMap>
  readonly programs: ReadonlyMap<string, OpenProgram>
  readonly #native: NativeObject
  readonly #source: string
  // As opened: on loading, libbpf forgets the BTF types of the maps that the kernel takes none for.
  readonly #described: Described

  /** @internal */
  constructor(native: NativeObject, source: string) {
    super(native, `the object ${source}`)
    this.#native = native
    this.#source = source
    this.#described = { maps: native.maps(), programs: native.programs() }
    const bytes = native.btf()
    this.btf = bytes && Btf.parse(bytes)
    this.globals = globalsOf(native, this.btf)
    this.maps = new Map(this.#described.maps.map((map, index) => [map.name, new OpenMap(native, index, map)]))
    this.programs = new Map(
      this.#described.programs.map((program, index) => [program.name, new OpenProgram(native, index, program)]),
    )
  }

  /** @throws {RangeError} when the object has no such map. */
  map(name: string): OpenMap {
    return named(this.maps, name, 'map')
  }

  /** @throws {RangeError} when the object has no such program. */
  program(name: string): OpenProgram {
    return named(this.programs, name, 'program')
  }

  /**
   * Creates the maps and loads the programs, off the main thread. The open object is used up, also by a failure.
   *
   * @throws {VerifierError} with the verifier's log when it refuses a program.
   * @throws {PermissionError} naming the capabilities that are missing.
   */
  async load(): Promise<BpfObject> {
    try {
      await this.#native.load()
    } catch (error) {
      this.close()
      throw error
    }
    return this.#loaded()
  }

  /** `load` on the calling thread. */
  loadSync(): BpfObject {
    try {
      this.#native.loadSync()
    } catch (error) {
      this.close()
      throw error
    }
    return this.#loaded()
  }

  #loaded(): BpfObject {
    this.disown()
    return new BpfObject(this.#native, this.#source, this.btf, this.#described)
  }
}

interface Described {
  readonly maps: readonly NativeMapDescription[]
  readonly programs: readonly NativeProgramDescription[]
}

/** A loaded object: its programs attach, its maps hold data. Closing it closes them too; links live on by themselves. */
export class BpfObject extends Handle {
  /** Live global variables. `const volatile` ones can no longer be set. */
  readonly globals: Globals
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
    this.globals = globalsOf(native, btf)
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
  map<K = unknown, V = unknown>(name: string, options: MapOptions<K, V> = {}): BpfMap<K, V> {
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
  program(name: string): Program {
    let program = this.#programs.get(name)
    if (!program) {
      const index = named(this.#programIndex, name, 'program')
      program = new Program(this, this.#native.program(index), this.#described.programs[index])
      this.#programs.set(name, program)
    }
    return program
  }

  /** A reader of the ring buffer map of that name. Each call opens a new one; a ring has one reader at a time. */
  ringbuf<T = unknown>(name: string, options: RingBufferOptions<T> = {}): RingBuffer<T> {
    return new RingBuffer<T>(this.map(name), { ...(this.btf && { btf: this.btf }), ...options })
  }

  /**
   * Attaches every program to what its section names, and every struct_ops map, as a libbpf skeleton does, but all or nothing.
   * Left out are programs that were not loaded, or whose autoattach is off, and those whose section names no target,
   * `SEC("kprobe")` and `SEC("xdp")` for example: `skipped` tells which.
   *
   * @throws what attaching one of them throws; what was attached before it is detached.
   */
  attach(): Links {
    return attachObject(this.#native, this)
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
