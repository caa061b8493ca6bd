import {
  descriptorKinds,
  indexedKinds,
  isOneOf,
  kindOf,
  type MapKind,
  perCpuKinds,
  storageKinds,
} from '../maps/kind.js'

/** `hash` for 1; the number itself for a type that is newer than this package. */
export const mapKind = (type: number): string => kindOf(type) ?? String(type)

const oneOf = (kinds: readonly MapKind[]) => (kind: string) => isOneOf(kind as MapKind, kinds)

export const isPerCpuKind = oneOf(perCpuKinds)
export const hasIndexKeys = oneOf(indexedKinds)
export const takesDescriptorKeys = oneOf(storageKinds)
export const takesDescriptors = oneOf(descriptorKinds)
