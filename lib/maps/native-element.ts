import type { NativeMap } from '../internal/binding.js'

/** The key and the value used by the map's single operations. If user code may run between filling and using them, keep a copy. */
export function elementOf({ element, info }: NativeMap): { key: Uint8Array; value: Uint8Array } {
  const valueOffset = (info.keySize + 7) & ~7
  return {
    key: new Uint8Array(element, 0, info.keySize),
    value: new Uint8Array(element, valueOffset, info.userValueSize),
  }
}
