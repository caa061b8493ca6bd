import { requireIterable } from '../arguments.js'
import type { BytesCodec } from './codec.js'

/** Entries as bytes. @throws {TypeError} at once if `entries` is not iterable, and later for an invalid entry when it is reached. */
export function encodedEntries<K, V>(
  entries: Iterable<readonly [K, V]>,
  key: BytesCodec<K>,
  value: BytesCodec<V>,
): Iterable<readonly [Uint8Array, Uint8Array]> {
  return mapped(entries, (first: K, second: V) => [key.encode(first), value.encode(second)] as const)
}

/** Makes something of each entry. Throws as `encodedEntries` does. */
export function mapped<K, V, R>(entries: Iterable<readonly [K, V]>, make: (key: K, value: V) => R): Iterable<R> {
  const given = requireIterable(entries, 'entries')
  const made = function* () {
    for (const entry of given) {
      const [key, value] = requireIterable(entry, 'an entry') as readonly [K, V]
      yield make(key, value)
    }
  }
  return made()
}
