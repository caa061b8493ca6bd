import { isDeepStrictEqual } from 'node:util'
import { requireOptions } from '../arguments.js'
import { overDefaults } from '../btf/codec/options.js'
import type { Btf, CodecOptions } from '../btf/index.js'
import type { BpfMapInfo, NativeMap, NativeMapDescription, NativeObject } from '../internal/binding.js'
import type { Closable } from '../internal/lifetime.js'
import { BpfMap } from '../maps/map.js'
import { type MapOptions, mapOptions } from '../maps/options.js'
import { named } from './named.js'

/** The handles of an object's maps, each created when it is first requested. They stay valid when a prepared object is loaded. */
export class ObjectMaps {
  readonly #native: NativeObject
  readonly #btf: Btf | undefined
  readonly #described: readonly NativeMapDescription[]
  readonly #decode: CodecOptions
  readonly #index: ReadonlyMap<string, number>
  readonly #opened = new Map<string, { readonly options: object; readonly map: Closable }[]>()

  constructor(
    native: NativeObject,
    btf: Btf | undefined,
    described: readonly NativeMapDescription[],
    decode: CodecOptions,
  ) {
    this.#native = native
    this.#btf = btf
    this.#described = described
    this.#decode = decode
    this.#index = new Map(described.map(({ name }, index) => [name, index]))
  }

  get names(): string[] {
    return [...this.#index.keys()]
  }

  /** @throws {RangeError} if the object has no such map. */
  indexOf(name: string): number {
    return named(this.#index, name, 'map')
  }

  /** Returns the same handle for equal options; without options, the handle of the first caller. */
  get<K, V>(name: string, options: MapOptions<K, V>): BpfMap<K, V> {
    const opened = this.#opened.get(name) ?? []
    const isPlain = Object.keys(requireOptions(options, mapOptions)).length === 0
    const found = opened.find((each) => isPlain || isDeepStrictEqual(each.options, options))
    if (found) return found.map as BpfMap<K, V>
    const index = this.indexOf(name)
    const native = this.#native.map(index)
    const map = this.#mapOf(native, index, options as MapOptions<unknown, unknown>)
    this.#opened.set(name, [...opened, { options: { ...options }, map }])
    return map as BpfMap<K, V>
  }

  #mapOf(native: NativeMap, index: number, options: MapOptions<unknown, unknown>): BpfMap<unknown, unknown> {
    try {
      return new BpfMap(native, { ...overDefaults(this.#decode, options), ...this.#typesOf(index, native.info) })
    } catch (error) {
      native.close()
      throw error
    }
  }

  /** The types of keys and values. One whose size was changed no longer has a type. */
  #typesOf(index: number, { keySize, valueSize }: BpfMapInfo): MapOptions<unknown, unknown> {
    const description = this.#described[index]
    if (!this.#btf || !description) return {}
    return {
      btf: this.#btf,
      keyType: description.keySize === keySize ? description.btfKeyTypeId : 0,
      valueType: description.valueSize === valueSize ? description.btfValueTypeId : 0,
    }
  }

  close(): void {
    for (const { map } of [...this.#opened.values()].flat()) map.close()
  }
}
