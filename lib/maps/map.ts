import { requireIterable, requireOptions } from '../arguments.js'
import type { Btf } from '../btf/index.js'
import type { BpfMapInfo, NativeMap } from '../internal/binding.js'
import { stackOfCaller } from '../internal/caller.js'
import { LoopTurns } from '../internal/loop-turns.js'
import { viewOf } from '../internal/view-of.js'
import { requiring } from '../kernel/features.js'
import { possibleCpus } from '../kernel/system.js'
import { shareClass } from '../shared-class.js'
import { deleteInBatches, updateInBatches } from './batch.js'
import type { BytesCodec } from './codec.js'
import { MapElement } from './element.js'
import { encodedEntries, mapped } from './encoded.js'
import { MapHandle } from './handle.js'
import { decoderOver } from './in-place.js'
import { flagsOfAllCpus, flagsOfCpu } from './one-cpu.js'
import { refusal, refusedOperations } from './operations.js'
import { codecsOf, type MapCodecs, type MapOptions } from './options.js'
import { type PerCpuValue, sumOf } from './sum.js'
import { type MapOperation, mapTypes, traitsOfId } from './types.js'
import { flagsOf, type LookupOptions, type UpdateMode, type UpdateOptions } from './update.js'
import { MapView, type ViewOptions } from './view.js'
import { type Batch, batches, batchesOfCpu } from './walk.js'

/** Options for `push`. */
export interface PushOptions {
  /** If the queue or stack is full, removes its oldest element (BPF_EXIST) instead of failing with E2BIG. Default: false. */
  readonly overwrite?: boolean
}

/**
 * A BPF map, used like a `Map` of decoded keys and values, and shared with the kernel. For a per-CPU map, `V` is an array with one
 * value per possible CPU. Values of a map of maps or a program array are set as handles and read as ids.
 *
 * An operation that the map's type does not support throws ENOTSUP, naming the map and its type.
 */
export class BpfMap<K = unknown, V = unknown> extends MapHandle {
  /** The BTF with the types of keys and values; undefined if the map has none. */
  readonly btf: Btf | undefined
  readonly #codecs: MapCodecs<K, V>
  readonly #info: BpfMapInfo
  readonly #refused: ReadonlyMap<MapOperation, string>
  #ownElement: MapElement<K, V> | undefined

  /** @internal If this throws, the caller must close `native`. */
  constructor(native: NativeMap, options: MapOptions<K, V>, pinnedAt?: string) {
    const { info } = native
    // Before the handle is created: invalid codec options must not leave a map open.
    const codecs = codecsOf(info, options)
    super(native, pinnedAt)
    this.btf = options.btf
    this.#info = info
    this.#codecs = codecs
    this.#refused = refusedOperations(this.#info)
  }

  /**
   * Returns the value of a key; undefined if the key does not exist. In arrays every index below `maxEntries` exists.
   *
   * @example
   * ```ts
   * import { openMap } from 'ebpf'
   *
   * using counts = openMap<number, { packets: bigint }>({ path: '/sys/fs/bpf/counts' })
   * console.log(counts.get(6)?.packets ?? 0n)
   * ```
   */
  get(key: K, options: LookupOptions = {}): V | undefined {
    this.#require('get')
    return this.#explained(() => this.#element.lookup(key, flagsOf(options)))
  }

  /** Whether the key exists. For a bloom filter: true if it may hold the element, false if it certainly does not. */
  has(key: K): boolean {
    this.#require('has')
    // The elements of a bloom filter are its values.
    if (this.typeId === mapTypes.bloom_filter.id) return this.#explained(() => this.#element.holds(key as unknown as V))
    return this.#explained(() => this.#element.has(key))
  }

  /**
   * Sets the value of a key.
   *
   * @throws {BpfError} E2BIG if the map is full, EEXIST or ENOENT depending on the mode, EPERM if the map is frozen.
   */
  set(key: K, value: V, options: UpdateMode | UpdateOptions = {}): this {
    this.#require('set')
    this.#explained(() => this.#element.update(key, value, flagsOf(options)))
    return this
  }

  /** `set` off the main thread: an update of a map of maps waits some milliseconds for running programs to finish. */
  async setAsync(key: K, value: V, options: UpdateMode | UpdateOptions = {}): Promise<void> {
    this.#require('set')
    const withCaller = stackOfCaller(this.setAsync)
    try {
      await this.native.updateAsync(this.#codecs.key.encode(key), this.#codecs.value.encode(value), flagsOf(options))
    } catch (error) {
      throw withCaller(this.explain(error))
    }
  }

  /**
   * Deletes an entry. Returns false if the key did not exist. For a struct_ops map, `openMap({ id }).delete(0)` unregisters what
   * `SEC(".struct_ops")` registered, whichever process did it. For `SEC(".struct_ops.link")` it fails with EOPNOTSUPP: close or detach
   * its link instead.
   */
  delete(key: K): boolean {
    this.#require('delete')
    return this.#explained(() => this.#element.delete(key))
  }

  /**
   * Removes an entry and returns its value, in one step; undefined if the key did not exist. Hash maps only.
   *
   * @throws {NotSupportedError} before Linux 5.14.
   */
  take(key: K, options: LookupOptions = {}): V | undefined {
    this.#require('take')
    return this.#explained(() => requiring('take', () => this.#element.take(key, flagsOf(options))))
  }

  /** Adds an element to a queue or a stack. @throws {BpfError} E2BIG if it is full. */
  push(value: V, options: PushOptions = {}): void {
    this.#require('push')
    const { overwrite = false } = requireOptions(options, { overwrite: true })
    this.#explained(() => this.#element.push(value, flagsOf(overwrite ? 'exist' : 'any')))
  }

  /** Removes and returns the oldest element of a queue or the newest of a stack; undefined if it is empty. */
  pop(): V | undefined {
    this.#require('pop')
    return this.#explained(() => this.#element.pop())
  }

  /** Returns what `pop` would return, without removing it. */
  peek(): V | undefined {
    this.#require('peek')
    return this.#explained(() => this.#element.peek())
  }

  /** Adds an element to a bloom filter. Elements cannot be removed. */
  add(value: V): this {
    this.#require('add')
    this.#explained(() => this.#element.push(value, 0))
    return this
  }

  /**
   * Adds up the values of all CPUs, field by field for structs. Fields that are not numbers are taken from the first CPU. Programs may
   * write at the same time, so the values of different CPUs may be from slightly different moments.
   */
  getSum(key: K): PerCpuValue<V> | undefined {
    this.#requirePerCpu()
    const values = this.get(key)
    return values === undefined ? undefined : sumOf(values as PerCpuValue<V>[])
  }

  /** Iterates over every entry, with its values added up as `getSum` does. */
  *sums(): IterableIterator<[K, PerCpuValue<V>]> {
    this.#requirePerCpu()
    for (const [key, values] of this.entries()) yield [key, sumOf(values as PerCpuValue<V>[])]
  }

  /** Sets the same value for every CPU. */
  setEveryCpu(key: K, value: PerCpuValue<V>, options: UpdateMode | UpdateOptions = {}): this {
    this.#requirePerCpu()
    const flags = flagsOfAllCpus(flagsOf(options))
    if (flags === undefined) return this.set(key, everyCpu(value) as V, options)
    this.#require('set')
    this.#explained(() => this.#element.updateCpu(key, value, flags))
    return this
  }

  /** Sets many entries, as `setBatch` does, each to the same value for every CPU. Returns how many were set. */
  setEveryCpuBatch(entries: Iterable<readonly [K, PerCpuValue<V>]>, options: UpdateMode | UpdateOptions = {}): number {
    this.#requirePerCpu()
    const flags = flagsOfAllCpus(flagsOf(options))
    if (flags !== undefined) return this.#setCpuBatch(entries, flags)
    const spread = mapped(entries, (key: K, value: PerCpuValue<V>) => [key, everyCpu(value) as V] as const)
    return this.setBatch(spread, options)
  }

  /**
   * Returns the value of one CPU without reading the others; undefined if the key does not exist.
   *
   * @throws {NotSupportedError} before Linux 7.0. Use `get(key)?.[cpu]` there.
   * @throws {RangeError} for a CPU that is not below `possibleCpus()`.
   */
  getCpu(key: K, cpu: number): PerCpuValue<V> | undefined {
    this.#requirePerCpu()
    this.#require('get')
    const flags = flagsOfCpu(cpu)
    const lookup = () => this.#element.lookupCpu(key, flags) as PerCpuValue<V> | undefined
    return this.#explained(() => requiring('one_cpu', lookup))
  }

  /**
   * Sets the value of one CPU. The values of the others are not touched, even while programs write them. A key that does not exist is
   * added, with zeros for the other CPUs.
   *
   * @throws {NotSupportedError} before Linux 7.0.
   * @throws {RangeError} for a CPU that is not below `possibleCpus()`.
   */
  setCpu(key: K, cpu: number, value: PerCpuValue<V>): this {
    this.#requirePerCpu()
    this.#require('set')
    const flags = flagsOfCpu(cpu)
    this.#explained(() => requiring('one_cpu', () => this.#element.updateCpu(key, value, flags)))
    return this
  }

  /** Sets one CPU's value of many entries, in batches as `setBatch` does. Returns how many were set. Throws as `setCpu` does. */
  setCpuBatch(cpu: number, entries: Iterable<readonly [K, PerCpuValue<V>]>): number {
    this.#requirePerCpu()
    return this.#setCpuBatch(entries, flagsOfCpu(cpu))
  }

  /** Iterates over every entry with the value of one CPU, in batches as `entries` does. Throws as `getCpu` does. */
  entriesOfCpu(cpu: number): IterableIterator<[K, PerCpuValue<V>]> {
    this.#requirePerCpu()
    this.#require('iterate')
    return this.#walkCpu(flagsOfCpu(cpu))
  }

  *#walkCpu(flags: number): IterableIterator<[K, PerCpuValue<V>]> {
    const walk = batchesOfCpu(this.native, flags)
    const { keySize, valueSize } = this.#info
    for (;;) {
      const step = this.#explained(() => requiring('one_cpu', () => walk.next()))
      if (step.done) return
      const { keys, values, count } = step.value
      const key = decoderOver(this.#codecs.key, keys, viewOf(keys))
      const value = decoderOver(this.#cpuValue(), values, viewOf(values))
      for (let i = 0; i < count; i++) yield [key(i * keySize), value(i * valueSize)]
    }
  }

  #setCpuBatch(entries: Iterable<readonly [K, PerCpuValue<V>]>, flags: number): number {
    this.#require('set')
    const encoded = encodedEntries(entries, this.#codecs.key, this.#cpuValue())
    const update = () => updateInBatches(this.native, encoded, flags, this.#info.valueSize)
    return this.#explained(() => requiring('one_cpu', update))
  }

  #cpuValue(): BytesCodec<PerCpuValue<V>> {
    return this.#codecs.cpuValue as BytesCodec<PerCpuValue<V>>
  }

  /**
   * Sets many entries, thousands of them per system call (Linux 5.6, per-CPU arrays 5.13, maps of maps 5.19 by commit 9263dddc7b6f),
   * otherwise one by one. After an error, the entries before the failed one stay set. Returns how many were set.
   *
   * @throws {BpfError} as `set` does.
   */
  setBatch(entries: Iterable<readonly [K, V]>, options: UpdateMode | UpdateOptions = {}): number {
    this.#require('set')
    const encoded = encodedEntries(entries, this.#codecs.key, this.#codecs.value)
    return this.#explained(() => updateInBatches(this.native, encoded, flagsOf(options)))
  }

  /** Deletes many entries, in batches as `setBatch` does. Returns how many of them existed. */
  deleteBatch(keys: Iterable<K>): number {
    this.#require('delete')
    const { key } = this.#codecs
    const given = requireIterable(keys, 'keys')
    const encoded = function* () {
      for (const each of given) yield key.encode(each)
    }
    return this.#explained(() => deleteInBatches(this.native, encoded()))
  }

  /**
   * Iterates over every entry, in batches if the kernel supports them (5.6), otherwise key by key. The map may change during the loop,
   * even by the loop itself: entries added or deleted meanwhile may or may not be returned, no key is returned twice, and the loop
   * always ends. An entry that is deleted after its batch was read is still returned.
   *
   * @example
   * ```ts
   * import { openMap } from 'ebpf'
   *
   * using counts = openMap<number, { packets: bigint }>({ path: '/sys/fs/bpf/counts' })
   * for (const [protocol, { packets }] of counts.entries()) console.log(protocol, packets)
   * ```
   */
  *entries(): IterableIterator<[K, V]> {
    this.#require('iterate')
    for (const { keys, values, count } of batches(this.native, false)) {
      if (count === 0) continue
      const decode = this.#decoderOf(keys, values)
      for (let i = 0; i < count; i++) yield decode(i)
    }
  }

  /**
   * Iterates as `entries` does, but yields to the event loop every 10 ms: `for await (const [key, value] of map)`. A loop over `entries`
   * blocks the event loop until it ends. Use this for maps with thousands of entries in a process that has other work to do.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<[K, V], void, undefined> {
    this.#require('iterate')
    const turns = new LoopTurns()
    for (const { keys, values, count } of batches(this.native, false)) {
      if (turns.over) await turns.take()
      if (count === 0) continue
      const decode = this.#decoderOf(keys, values)
      for (let i = 0; i < count; i++) {
        yield decode(i)
        if (turns.due) await turns.take()
      }
    }
  }

  /**
   * Removes every entry and yields it. If the loop is left early, or a value cannot be decoded, entries that were not yielded stay in the
   * map: entries are removed a batch at a time, ahead of the loop, and the rest of a batch is put back. Exact only while no program
   * updates the map: a value written between reading and deleting, or to a key before it is put back, may be lost.
   */
  *drain(): IterableIterator<[K, V]> {
    this.#require('iterate')
    this.#require('delete')
    for (const batch of batches(this.native, true)) yield* this.#drained(batch)
  }

  /** Does the same as `drain`, but yields to the event loop every 10 ms: `for await (const [key, value] of map.drainAsync())`. */
  async *drainAsync(): AsyncGenerator<[K, V], void, undefined> {
    this.#require('iterate')
    this.#require('delete')
    const turns = new LoopTurns()
    for (const batch of batches(this.native, true)) {
      if (turns.over) await turns.take()
      for (const entry of this.#drained(batch)) {
        yield entry
        if (turns.due) await turns.take()
      }
    }
  }

  *#drained({ keys, values, count, remove }: Batch): Generator<[K, V], void, undefined> {
    if (count === 0) return
    const { keySize, userValueSize } = this.#info
    const decode = this.#decoderOf(keys, values)
    let given = 0
    try {
      while (given < count) {
        const entry = decode(given)
        remove?.()
        given += 1
        yield entry
      }
    } finally {
      if (!remove && given < count) {
        const [first, last] = [keys.subarray(given * keySize), values.subarray(given * userValueSize)]
        this.native.updateBatch(first, last, count - given, 0)
      }
    }
  }

  /** Iterates over the keys of `entries`; the values are read too. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  /** Iterates over the values of `entries`. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries()
  }

  /**
   * Maps the values of an array with the flag `mmapable` (Linux 5.5), or the memory of an arena (6.9), into this process. Reads and
   * writes then need no system calls.
   *
   * @throws {BpfError} if the map's memory cannot be shared.
   */
  view(options: ViewOptions = {}): MapView<V> {
    this.#require('view')
    return new MapView(this.native, this.#codecs.value, options)
  }

  #decoderOf(keys: Uint8Array, values: Uint8Array): (index: number) => [K, V] {
    const { keySize, userValueSize } = this.#info
    const key = decoderOver(this.#codecs.key, keys, viewOf(keys))
    const value = decoderOver(this.#codecs.value, values, viewOf(values))
    return (i) => [key(i * keySize), value(i * userValueSize)]
  }

  get #element(): MapElement<K, V> {
    this.#ownElement ??= new MapElement(this.native, this.#codecs)
    return this.#ownElement
  }

  #require(operation: MapOperation): void {
    const reason = this.#refused.get(operation)
    if (reason !== undefined) throw refusal(operation, reason, this.#info)
  }

  #explained<T>(operation: () => T): T {
    try {
      return operation()
    } catch (error) {
      throw this.explain(error)
    }
  }

  #requirePerCpu(): void {
    if (traitsOfId(this.typeId)?.perCpu) return
    throw new TypeError(`map ${this.name} of type ${this.type} has no values for each CPU`)
  }
}
shareClass(BpfMap, 'BpfMap')

const everyCpu = <T>(value: T): T[] => Array.from({ length: possibleCpus() }, () => value)
