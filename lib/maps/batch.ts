import { isBytes } from '../arguments.js'
import { BpfError } from '../errors.js'
import type { NativeMap } from '../internal/binding.js'
import { elementOf } from './native-element.js'

const batchEntries = 4096
// EINVAL (also for update modes, which batches do not support), EOPNOTSUPP, ENOTSUPP (kernel-internal, leaks out)
const withoutBatches = new Set([22, 95, 524])

/** Whether the error means that the map type or the kernel has no batch operations. */
export function lacksBatches(error: unknown): boolean {
  return error instanceof BpfError && withoutBatches.has(error.errno)
}

/** Splits an iterable into chunks. */
function* chunks<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = []
  for (const item of items) {
    chunk.push(item)
    if (chunk.length === size) {
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) yield chunk
}

/** @throws {RangeError} for a part of the wrong size, which would shift all parts after it. */
function concat(parts: readonly Uint8Array[], size: number, what: string): Uint8Array {
  const bytes = new Uint8Array(parts.length * size)
  for (const [index, part] of parts.entries()) {
    if (!isBytes(part) || part.length !== size) {
      throw new RangeError(`${what} must be a Uint8Array of ${size} bytes, not ${part?.length ?? String(part)}`)
    }
    bytes.set(part, index * size)
  }
  return bytes
}

/** Sets every entry, if need be one by one; returns how many. `valueSize` is the size of each value; some flags make it smaller. */
export function updateInBatches(
  map: NativeMap,
  entries: Iterable<readonly [Uint8Array, Uint8Array]>,
  flags: number,
  valueSize = map.info.userValueSize,
): number {
  const { keySize, name } = map.info
  let batched = true
  let count = 0
  for (const chunk of chunks(entries, batchEntries)) {
    const keys = concat(
      chunk.map(([key]) => key),
      keySize,
      `a key of map ${name}`,
    )
    const values = concat(
      chunk.map(([, value]) => value),
      valueSize,
      `a value of map ${name}`,
    )
    if (batched) {
      try {
        map.updateBatch(keys, values, chunk.length, flags)
      } catch (error) {
        if (!lacksBatches(error)) throw error
        batched = false
      }
    }
    if (!batched) {
      const { key, value } = elementOf(map)
      for (let i = 0; i < chunk.length; i++) {
        key.set(keys.subarray(i * keySize, (i + 1) * keySize))
        value.set(values.subarray(i * valueSize, (i + 1) * valueSize))
        map.update(flags)
      }
    }
    count += chunk.length
  }
  return count
}

/** Deletes every key, if need be one by one; returns how many existed. */
export function deleteInBatches(map: NativeMap, keys: Iterable<Uint8Array>): number {
  const { keySize, name } = map.info
  let batched = true
  let count = 0
  for (const chunk of chunks(keys, batchEntries)) {
    const bytes = concat(chunk, keySize, `a key of map ${name}`)
    // The kernel stops at a key that does not exist: continue after it.
    for (let at = 0; batched && at < chunk.length; ) {
      try {
        const deleted = map.deleteBatch(bytes.subarray(at * keySize), chunk.length - at)
        count += deleted
        at += deleted + 1
      } catch (error) {
        if (!lacksBatches(error)) throw error
        batched = false
      }
    }
    if (!batched) {
      const { key } = elementOf(map)
      for (let i = 0; i < chunk.length; i++) {
        key.set(bytes.subarray(i * keySize, (i + 1) * keySize))
        if (map.delete()) count++
      }
    }
  }
  return count
}
