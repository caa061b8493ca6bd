import type { NativeObject } from '../internal/binding.js'
import { stackOfCaller } from '../internal/caller.js'
import { Handle } from '../internal/lifetime.js'
import { objectBusy } from '../internal/object-busy.js'
import type { BpfMap } from '../maps/map.js'
import type { MapOptions } from '../maps/options.js'
import { shareClass } from '../shared-class.js'
import type { BpfObject } from './bpf-object.js'
import type { ObjectMaps } from './maps.js'
import type { Decoding, KnownNameOf, MapKey, MapValue, NameOf, ObjectTypes, UntypedObject } from './types.js'

/** @internal How a prepared object becomes a loaded one. */
export interface Loading<T extends ObjectTypes> {
  load(): Promise<BpfObject<T>>
  loadSync(): BpfObject<T>
  /** Returns the error with advice added. */
  explain(error: unknown): unknown
}

/**
 * An object whose maps exist but whose programs are not loaded yet. Fill maps that the programs need from their first run, or pass
 * their descriptors to another process, then load. Map handles stay valid in the loaded object.
 */
export class PreparedObject<T extends ObjectTypes = UntypedObject> extends Handle {
  readonly #maps: ObjectMaps
  readonly #loading: Loading<T>
  readonly #source: string
  #isLoading = false

  /** @internal */
  constructor(native: NativeObject, source: string, maps: ObjectMaps, loading: Loading<T>) {
    super(native, `the prepared object ${source}`)
    this.#maps = maps
    this.#loading = loading
    this.#source = source
  }

  /** The names of all maps, including those of globals and of struct_ops. */
  get mapNames(): string[] {
    return this.#maps.names
  }

  /**
   * Returns the map of that name, as `BpfObject.map` does.
   *
   * @throws {RangeError} if the object has no such map.
   */
  map<N extends KnownNameOf<T['maps']>>(name: N, options?: Partial<Decoding<T>>): BpfMap<MapKey<T, N>, MapValue<T, N>>
  map<K = unknown, V = unknown>(name: NameOf<T['maps']>, options?: MapOptions<K, V>): BpfMap<K, V>
  map<K, V>(name: string, options: MapOptions<K, V> = {}): BpfMap<K, V> {
    return this.#maps.get(name, options)
  }

  /**
   * Loads the programs, off the main thread. The prepared object cannot be used afterwards, even if loading fails, which also closes
   * its maps.
   *
   * @throws {BpfError} EBUSY while another `load` of it is in progress, which continues; ECANCELED if the object is closed meanwhile.
   * @throws {VerifierError} with the verifier's log, if it rejects a program.
   */
  async load(): Promise<BpfObject<T>> {
    const withCaller = stackOfCaller(this.load)
    this.#requireIdle()
    this.#isLoading = true
    try {
      const loaded = await this.#loading.load()
      this.disown()
      return loaded
    } catch (error) {
      this.close()
      throw withCaller(this.#loading.explain(error))
    } finally {
      this.#isLoading = false
    }
  }

  /** Same as `load`, but on the calling thread. */
  loadSync(): BpfObject<T> {
    this.#requireIdle()
    try {
      const loaded = this.#loading.loadSync()
      this.disown()
      return loaded
    } catch (error) {
      this.close()
      throw this.#loading.explain(error)
    }
  }

  /** Throws if a load is in progress: it belongs to another caller and continues. */
  #requireIdle(): void {
    if (this.#isLoading) throw objectBusy(this.#source, 'load', 'load')
  }

  /** Closes the object and its map handles. */
  override close(): void {
    if (!this.closed) this.#maps.close()
    super.close()
  }
}
shareClass(PreparedObject, 'PreparedObject')
