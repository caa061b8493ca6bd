import {
  descriptorKinds,
  indexedKinds,
  isOneOf,
  kindOf,
  type MapKind,
  perCpuKinds,
  storageKinds,
} from '../maps/kind.js'

/** `hash` of 1; a type that is newer than this package is its number. */
export const mapKind = (type: number): string => kindOf(type) ?? String(type)

const oneOf = (kinds: readonly MapKind[]) => (kind: string) => isOneOf(kind as MapKind, kinds)

export const isPerCpuKind = oneOf(perCpuKinds)
export const hasIndexKeys = oneOf(indexedKinds)
export const takesDescriptorKeys = oneOf(storageKinds)
export const takesDescriptors = oneOf(descriptorKinds)
