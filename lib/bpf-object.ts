import type { Btf } from './btf.js'
import { type Globals, globalsOf } from './globals.js'
import type { NativeMapDescription, NativeMapInfo, NativeObject, NativeProgramDescription } from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import { BpfMap, type MapOptions } from './map.js'
import { named } from './named.js'
import { Program } from './program.js'
import { RingBuffer, type RingBufferOptions } from './ringbuf.js'

/** @internal What an object has, as it was opened. */
export interface Described {
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
    this.globals = globalsOf(native, btf, described.maps)
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
      const native = this.#native.map(index)
      map = new BpfMap<unknown, unknown>(native, {
        ...(options as MapOptions<unknown, unknown>),
        ...this.#typesOf(index, native.info),
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

  /** A key or a value whose size was changed has no type any more. */
  #typesOf(index: number, { keySize, valueSize }: NativeMapInfo): MapOptions<unknown, unknown> {
    const description = this.#described.maps[index]
    if (!this.btf || !description) return {}
    return {
      btf: this.btf,
      keyType: description.keySize === keySize ? description.btfKeyTypeId : 0,
      valueType: description.valueSize === valueSize ? description.btfValueTypeId : 0,
    }
  }

  override close(): void {
    for (const child of [...this.#maps.values(), ...this.#programs.values()]) child.close()
    super.close()
  }
}
