import { BpfError } from '../errors.js'
import type { NativeMap } from './binding.js'

export interface Batch {
  /** `count` keys one after another; overwritten by the next step. */
  readonly keys: Uint8Array
  readonly values: Uint8Array
  readonly count: number
}

const batchEntries = 4096
// errno of a map type or a kernel without batch operations: EINVAL, ENOTSUPP (kernel-internal, leaks out), EOPNOTSUPP
const noBatch = new Set([22, 95, 524])

/** Walks a map by batches, falling back to single entries where the kernel or the map's type has no batches. */
export function* batches(map: NativeMap, andDelete: boolean): Generator<Batch> {
  const { keySize, userValueSize, maxEntries } = map.info
  let entries = Math.min(maxEntries, batchEntries)
  let keys = new Uint8Array(entries * keySize)
  let values = new Uint8Array(entries * userValueSize)
  const cursor = new Uint8Array(Math.max(8, keySize))
  for (let first = true, done = false; !done; ) {
    let step: { count: number; done: boolean }
    try {
      step = map.lookupBatch(cursor, first, keys, values, andDelete)
    } catch (error) {
      if (first && error instanceof BpfError && noBatch.has(error.errno)) return yield* singles(map, andDelete)
      // One bucket holds more than the buffers do.
      if (!(error instanceof BpfError && error.code === 'ENOSPC') || entries >= maxEntries) throw error
      entries = Math.min(maxEntries, entries * 4)
      keys = new Uint8Array(entries * keySize)
      values = new Uint8Array(entries * userValueSize)
      continue
    }
    first = false
    done = step.done
    if (step.count > 0) yield { keys, values, count: step.count }
  }
}

function* singles(map: NativeMap, andDelete: boolean): Generator<Batch> {
  const { keySize, userValueSize } = map.info
  const values = new Uint8Array(userValueSize)
  let key = new Uint8Array(keySize)
  let next = new Uint8Array(keySize)
  let found = map.nextKey(undefined, key)
  while (found) {
    // Look one ahead: after a deletion the kernel would start over.
    found = map.nextKey(key, next)
    if (map.lookup(key, values, 0)) {
      if (andDelete) map.delete(key)
      yield { keys: key, values, count: 1 }
    }
    ;[key, next] = [next, key]
  }
}
