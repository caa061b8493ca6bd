import { BpfError } from '../errors.js'
import type { NativeMap } from '../internal/binding.js'
import { lacksBatches } from './batch.js'
import { elementOf } from './native-element.js'
import { mapTypes } from './types.js'

/** A batch without entries is a pause: the walk has been reading for a while and has nothing to return yet. */
export interface Batch {
  /** `count` keys, one after another; overwritten by the next step. */
  readonly keys: Uint8Array
  readonly values: Uint8Array
  readonly count: number
  /** Removes the batch's only entry, if a walk that deletes has not done so yet. */
  readonly remove?: () => void
}

const batchEntries = 4096
// Limit for the values of one step: large values are read in smaller batches.
const batchBytes = 1 << 24
/** Single-entry system calls between two pauses. */
const pauseAfter = 512
const pause: Batch = { keys: new Uint8Array(0), values: new Uint8Array(0), count: 0 }

/**
 * Walks a map in batches, or entry by entry if the kernel or the map's type has no batches. A batch of a hash map consists of whole
 * buckets, each read once under its lock, so no key is returned twice (kernel/bpf/hashtab.c, `__htab_map_lookup_and_delete_batch`);
 * the keys of an array are never deleted.
 */
export function batches(map: NativeMap, andDelete: boolean): Generator<Batch> {
  // The batches of a trie go from key to key, and start over if the current key was deleted.
  if (map.info.type !== mapTypes.lpm_trie.id) return walk(map, andDelete, wholeValues(map))
  return andDelete ? singles(map, true, wholeValues(map)) : distinct(map)
}

/** Walks a per-CPU map as `batches` does, but reads one CPU's values, `valueSize` bytes each. The flags select the CPU. */
export function batchesOfCpu(map: NativeMap, flags: number): Generator<Batch> {
  return walk(map, false, { flags, size: map.info.valueSize })
}

/** What to read of each value: with which flags, and how many bytes. */
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
      // A bucket holds more entries than fit into the buffers.
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

/** Reads everything before it yields anything, so that the caller's loop cannot delete the walk's current key. */
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
    // A program deleted the current key: the kernel started over and returns nothing new.
    if (entries.size === before) break
    if (count > 1) yield pause
  }
  yield* entries.values()
}

/**
 * Reads all keys first, then their values. Entries that are deleted meanwhile are skipped. The kernel starts over if the current key was
 * deleted, so keys that were already seen are skipped too.
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

/** Returns the keys, and yields pauses. */
function* keysOf(map: NativeMap): Generator<Batch, Iterable<Uint8Array>> {
  const { keySize, maxEntries } = map.info
  const keys = new Map<string, Uint8Array>()
  let key: Uint8Array | undefined
  // The walk must end even if programs never stop deleting.
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
