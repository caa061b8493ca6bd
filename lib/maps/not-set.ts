import type { BpfMapInfo } from '../internal/binding.js'
import { type MapType, mapTypeOf, traitsOfId } from './types.js'

const hashes: readonly (MapType | undefined)[] = [
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'devmap_hash',
  'hash_of_maps',
]

/** Why an entry was not set, according to the errno; undefined if the errno says enough or can mean several things. */
export function whyNotSet(code: string, { type: typeId, maxEntries }: BpfMapInfo): string | undefined {
  const type = mapTypeOf(typeId)
  const isHash = hashes.includes(type)
  const indexed = !isHash && traitsOfId(typeId)?.key === 'index'
  switch (code) {
    case 'E2BIG':
      if (indexed) return `an index of it is below ${maxEntries}`
      return type === 'queue' || type === 'stack'
        ? `it is full, of ${maxEntries} elements: pop some, or push with overwrite`
        : `it is full, of ${maxEntries} entries: delete some, or make it with more maxEntries`
    case 'EEXIST':
      return indexed ? 'an entry of it always exists' : 'it has the key already, which noexist forbids'
    case 'ENOENT':
      return isHash ? 'it does not have the key, which exist asks for' : undefined
    case 'ENOSPC':
      return type === 'lpm_trie' ? `it is full, of ${maxEntries} entries: delete some` : undefined
    case 'EINVAL':
      return type === 'array_of_maps' || type === 'hash_of_maps'
        ? 'an inner map must be like the one that the map was made with: of its type, key size, value size and flags, and as an array of its maxEntries'
        : undefined
    default:
      return undefined
  }
}
