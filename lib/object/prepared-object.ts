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
  /** The error with what to do next. */
  explain(error: unknown): unknown
}

/**
 * An object whose maps exist and whose programs are not loaded yet. Fill the maps that the programs read from their first run
 * on, or hand their descriptors to another process, then load. Map handles stay valid in the loaded object.
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

  get mapNames(): string[] {
    return this.#maps.names
  }

  /**
   * The map of that name, as `BpfObject.map` returns it.
   *
   * @throws {RangeError} when the object has no such map.
   */
  map<N extends KnownNameOf<T['maps']>>(name: N, options?: Partial<Decoding<T>>): BpfMap<MapKey<T, N>, MapValue<T, N>>
  map<K = unknown, V = unknown>(name: NameOf<T['maps']>, options?: MapOptions<K, V>): BpfMap<K, V>
  map<K, V>(name: string, options: MapOptions<K, V> = {}): BpfMap<K, V> {
    return this.#maps.get(name, options)
  }

  /**
   * Loads the programs, off the main thread. The prepared object is used up, also by a failure, which closes its maps.
   *
   * @throws {BpfError} EBUSY while another `load` of it is under way, which goes on; ECANCELED when it is closed meanwhile.
   * @throws {VerifierError} with the verifier's log when it refuses a program.
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

  /** `load` on the calling thread. */
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

  /** A load that is under way is another caller's, and goes on. */
  #requireIdle(): void {
    if (this.#isLoading) throw objectBusy(this.#source, 'load', 'load')
  }

  override close(): void {
    if (!this.closed) this.#maps.close()
    super.close()
  }
}
shareClass(PreparedObject, 'PreparedObject')
