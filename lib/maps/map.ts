import { requireIterable, requireOptions } from '../arguments.js'
import type { Btf } from '../btf/index.js'
import type { NativeMap, NativeMapInfo } from '../internal/binding.js'
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
import { isOneOf, perCpuKinds } from './kind.js'
import { flagsOfAllCpus, flagsOfCpu } from './one-cpu.js'
import { type MapOperation, refusal, refusedOperations } from './operations.js'
import { codecsOf, type MapCodecs, type MapOptions } from './options.js'
import { type PerCpuValue, sumOf } from './sum.js'
import { flagsOf, type LookupOptions, type UpdateMode, type UpdateOptions } from './update.js'
import { MapView, type ViewOptions } from './view.js'
import { type Batch, batches, batchesOfCpu } from './walk.js'

export interface PushOptions {
  /** A full queue or stack drops its oldest element (BPF_EXIST) instead of refusing the new one. */
  readonly overwrite?: boolean
}

/**
 * A BPF map, like a `Map` of decoded keys and values that the kernel shares. For a per-CPU map `V` is an array with a value
 * for each possible CPU. A map of maps and a program array are set by handles and read as ids.
 *
 * What the map's type cannot do throws ENOTSUP, naming the map and its type.
 */
export class BpfMap<K = unknown, V = unknown> extends MapHandle {
  /** The types that keys and values are decoded by, where there are any. */
  readonly btf: Btf | undefined
  readonly #codecs: MapCodecs<K, V>
  readonly #info: NativeMapInfo
  readonly #refused: ReadonlyMap<MapOperation, string>
  #ownElement: MapElement<K, V> | undefined

  /** @internal Whoever made `native` closes it when this throws. */
  constructor(native: NativeMap, options: MapOptions<K, V>, pinnedAt?: string) {
    const { info } = native
    // Before the handle is made: options that make no codec must not leave a map open.
    const codecs = codecsOf(info, options)
    super(native, pinnedAt)
    this.btf = options.btf
    this.#info = info
    this.#codecs = codecs
    this.#refused = refusedOperations(this.#info)
  }

  /** Undefined when the key is not there. Arrays have every index below `maxEntries`. */
  get(key: K, options: LookupOptions = {}): V | undefined {
    this.#require('get')
    return this.#explained(() => this.#element.lookup(key, flagsOf(options)))
  }

  /** Of a bloom filter: whether it may hold the element; when false it certainly does not. */
  has(key: K): boolean {
    this.#require('has')
    // A bloom filter's elements are its values.
    if (this.kind === 'bloom_filter') return this.#explained(() => this.#element.holds(key as unknown as V))
    return this.#explained(() => this.#element.has(key))
  }

  /** @throws {BpfError} E2BIG when the map is full, EEXIST and ENOENT by the mode, EPERM when the map is frozen. */
  set(key: K, value: V, options: UpdateMode | UpdateOptions = {}): this {
    this.#require('set')
    this.#explained(() => this.#element.update(key, value, flagsOf(options)))
    return this
  }

  /** `set` off the main thread: an update of a map of maps waits for the programs that run, some milliseconds. */
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
   * False when the key was not there. `openMap({ id }).delete(0)` of a struct_ops map unregisters what `SEC(".struct_ops")` has
   * registered, by whichever process; one of `SEC(".struct_ops.link")` is EOPNOTSUPP: its link is closed or detached.
   */
  delete(key: K): boolean {
    this.#require('delete')
    return this.#explained(() => this.#element.delete(key))
  }

  /**
   * Removes the entry and returns what it held, in one step; undefined when the key was not there. Hash maps only.
   *
   * @throws {NotSupportedError} before Linux 5.14.
   */
  take(key: K, options: LookupOptions = {}): V | undefined {
    this.#require('take')
    return this.#explained(() => requiring('take', () => this.#element.take(key, flagsOf(options))))
  }

  /** Adds an element to a queue or a stack. @throws {BpfError} E2BIG when it is full. */
  push(value: V, options: PushOptions = {}): void {
    this.#require('push')
    const { overwrite = false } = requireOptions(options, { overwrite: true })
    this.#explained(() => this.#element.push(value, flagsOf(overwrite ? 'exist' : 'any')))
  }

  /** Removes the oldest element of a queue, the newest of a stack; undefined when there is none. */
  pop(): V | undefined {
    this.#require('pop')
    return this.#explained(() => this.#element.pop())
  }

  /** What `pop` would return, without removing it. */
  peek(): V | undefined {
    this.#require('peek')
    return this.#explained(() => this.#element.peek())
  }

  /** Adds an element to a bloom filter, from which none can be removed. */
  add(value: V): this {
    this.#require('add')
    this.#explained(() => this.#element.push(value, 0))
    return this
  }

  /**
   * The values of all CPUs added up, field by field where they are structs; what is no number is the first CPU's. Programs may
   * write meanwhile: each CPU's part is of a moment of its own.
   */
  getSum(key: K): PerCpuValue<V> | undefined {
    this.#requirePerCpu()
    const values = this.get(key)
    return values === undefined ? undefined : sumOf(values as PerCpuValue<V>[])
  }

  /** Every entry with its values added up, as `getSum` does. */
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

  /** Sets many entries as `setBatch` does, each to the same value for every CPU. Returns how many were set. */
  setEveryCpuBatch(entries: Iterable<readonly [K, PerCpuValue<V>]>, options: UpdateMode | UpdateOptions = {}): number {
    this.#requirePerCpu()
    const flags = flagsOfAllCpus(flagsOf(options))
    if (flags !== undefined) return this.#setCpuBatch(entries, flags)
    const spread = mapped(entries, (key: K, value: PerCpuValue<V>) => [key, everyCpu(value) as V] as const)
    return this.setBatch(spread, options)
  }

  /**
   * One CPU's value, without reading the others'; undefined when the key is not there.
   *
   * @throws {NotSupportedError} before Linux 7.0, where `get(key)?.[cpu]` says the same.
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
   * Sets one CPU's value and leaves the others' as they are, even while programs write them. A key that is not there is added, with zeros
   * for the other CPUs.
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

  /** Sets one CPU's value of many entries, by batches as `setBatch` does. Returns how many were set. Throws as `setCpu` does. */
  setCpuBatch(cpu: number, entries: Iterable<readonly [K, PerCpuValue<V>]>): number {
    this.#requirePerCpu()
    return this.#setCpuBatch(entries, flagsOfCpu(cpu))
  }

  /** Every entry with one CPU's value, by batches as `entries`. Throws as `getCpu` does. */
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
   * Sets many entries with one system call for thousands of them (Linux 5.6, per-CPU arrays 5.13, maps of maps 5.19 by commit
   * 9263dddc7b6f), else one by one. An error leaves those before it set. Returns how many were set.
   *
   * @throws {BpfError} as `set` does.
   */
  setBatch(entries: Iterable<readonly [K, V]>, options: UpdateMode | UpdateOptions = {}): number {
    this.#require('set')
    const encoded = encodedEntries(entries, this.#codecs.key, this.#codecs.value)
    return this.#explained(() => updateInBatches(this.native, encoded, flagsOf(options)))
  }

  /** Deletes many entries as `setBatch` sets them. Returns how many were there. */
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
   * Every entry, by batches where the kernel has them (5.6), else key by key. The map may change meanwhile, by this loop too:
   * an entry that is added or deleted then may be seen or not; no key is seen twice; and the walk ends. An entry that is
   * deleted after its batch was read is still seen.
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
   * Every entry, as `entries` has them: `for await (const [key, value] of map)`. The walk pauses every 10 ms for the event loop, which a loop
   * over `entries` stops until its end. For maps of thousands of entries in a process that has anything else to do.
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
   * Removes every entry and yields it. Leaving the loop, or a value that cannot be decoded, leaves in the map what was not yielded:
   * those that were removed ahead of the loop, a batch at a time, are put back. Exact only while no program updates the map: what
   * is written between reading and deleting, or to a key before it is put back, may be lost.
   */
  *drain(): IterableIterator<[K, V]> {
    this.#require('iterate')
    this.#require('delete')
    for (const batch of batches(this.native, true)) yield* this.#drained(batch)
  }

  /** As `drain`, but pauses every 10 ms for the event loop: `for await (const [key, value] of map.drainAsync())`. */
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

  /** The keys of `entries`; values are read too. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  /** The values of `entries`. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries()
  }

  /**
   * The values of an array with the flag `mmapable` (Linux 5.5), or an arena's memory (6.9), without system calls.
   *
   * @throws {BpfError} when the map has no memory to share.
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
    if (isOneOf(this.kind, perCpuKinds)) return
    throw new TypeError(`map ${this.name} of type ${this.kind} has no values for each CPU`)
  }
}
shareClass(BpfMap, 'BpfMap')

const everyCpu = <T>(value: T): T[] => Array.from({ length: possibleCpus() }, () => value)
