import { BpfError } from '../errors.js'
import type { NativeMap } from '../internal/binding.js'
import { lacksBatches } from './batch.js'
import { elementOf } from './native-element.js'

/** One of no entries is a pause: a walk has read for a while without anything to hand over yet. */
export interface Batch {
  /** `count` keys one after another; overwritten by the next step. */
  readonly keys: Uint8Array
  readonly values: Uint8Array
  readonly count: number
  /** Removes the one entry that it has, where a walk that deletes has not done so yet. */
  readonly remove?: () => void
}

const batchEntries = 4096
// Of one step's values: large ones are read few at a time.
const batchBytes = 1 << 24
/** System calls for single entries between two pauses. */
const pauseAfter = 512
const pause: Batch = { keys: new Uint8Array(0), values: new Uint8Array(0), count: 0 }
// BPF_MAP_TYPE_LPM_TRIE: its batches go from key to key and start over when theirs was deleted.
const lpmTrie = 11

/**
 * Walks a map by batches, falling back to single entries where the kernel or the map's type has no batches. A batch of a hash
 * map is whole buckets, each read once and under its lock, so that no key comes twice (kernel/bpf/hashtab.c,
 * `__htab_map_lookup_and_delete_batch`); an array's keys are never deleted.
 */
export function batches(map: NativeMap, andDelete: boolean): Generator<Batch> {
  if (map.info.type !== lpmTrie) return walk(map, andDelete, wholeValues(map))
  return andDelete ? singles(map, true, wholeValues(map)) : distinct(map)
}

/** Walks a per-CPU map as `batches` does, with the values of one CPU, whose flags are given: one after another, `valueSize` bytes each. */
export function batchesOfCpu(map: NativeMap, flags: number): Generator<Batch> {
  return walk(map, false, { flags, size: map.info.valueSize })
}

/** What is read of each value: by which flags, and how many bytes. */
interface Reading {
  readonly flags: number
  readonly size: number
}

const wholeValues = (map: NativeMap): Reading => ({ flags: 0, size: map.info.userValueSize })

function* walk(map: NativeMap, andDelete: boolean, reading: Reading): Generator<Batch> {
  const { keySize, maxEntries } = map.info
  const { flags, size } = reading
  let entries = Math.max(1, Math.min(maxEntries, batchEntries, Math.floor(batchBytes / Math.max(1, size))))
  let keys = new Uint8Array(entries * keySize)
  let values = new Uint8Array(entries * size)
  const cursor = new Uint8Array(Math.max(8, keySize))
  for (let first = true, done = false; !done; ) {
    let step: { count: number; done: boolean }
    try {
      step = map.lookupBatch(cursor, first, keys, values, andDelete, flags)
    } catch (error) {
      if (first && lacksBatches(error)) return yield* singles(map, andDelete, reading)
      // One bucket holds more than the buffers do.
      if (!(error instanceof BpfError && error.code === 'ENOSPC') || entries >= maxEntries) throw error
      entries = Math.min(maxEntries, entries * 4)
      keys = new Uint8Array(entries * keySize)
      values = new Uint8Array(entries * size)
      continue
    }
    first = false
    done = step.done
    if (step.count > 0) yield { keys, values, count: step.count }
  }
}

/** Reads everything before anything is yielded, so that no loop deletes the key that the walk stands on. */
function* distinct(map: NativeMap): Generator<Batch> {
  const { keySize, userValueSize } = map.info
  const entries = new Map<string, Batch>()
  for (const { keys, values, count } of walk(map, false, wholeValues(map))) {
    if (count === 0) {
      yield pause
      continue
    }
    const before = entries.size
    for (let i = 0; i < count; i++) {
      const key = keys.slice(i * keySize, (i + 1) * keySize)
      const text = textOf(key)
      if (entries.has(text)) continue
      entries.set(text, { keys: key, values: values.slice(i * userValueSize, (i + 1) * userValueSize), count: 1 })
    }
    // A program deleted that key: the kernel has started over, and brings nothing new.
    if (entries.size === before) break
    if (count > 1) yield pause
  }
  yield* entries.values()
}

/**
 * All keys first, then their values: what is deleted while the values are read is passed over. The kernel starts over after a
 * key that is gone, so keys that were met before are passed over too.
 */
function* singles(map: NativeMap, andDelete: boolean, { flags, size }: Reading): Generator<Batch> {
  const { key, value } = elementOf(map)
  const values = new Uint8Array(size)
  let steps = 0
  for (const keys of yield* keysOf(map)) {
    if (++steps % pauseAfter === 0) yield pause
    key.set(keys)
    if (!map.lookup(flags)) continue
    values.set(value.subarray(0, size))
    const remove = () => {
      key.set(keys)
      map.delete()
    }
    yield { keys, values, count: 1, ...(andDelete && { remove }) }
  }
}

/** Returns the keys; yields pauses. */
function* keysOf(map: NativeMap): Generator<Batch, Iterable<Uint8Array>> {
  const { keySize, maxEntries } = map.info
  const keys = new Map<string, Uint8Array>()
  let key: Uint8Array | undefined
  // Programs that delete without end must not make the walk endless.
  for (let steps = 4 * maxEntries + 16; steps > 0; steps--) {
    const next = new Uint8Array(keySize)
    if (!map.nextKey(key, next)) break
    const text = textOf(next)
    if (!keys.has(text)) keys.set(text, next)
    key = next
    if (steps % pauseAfter === 0) yield pause
  }
  return keys.values()
}

const textOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
