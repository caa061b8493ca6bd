import type { NativeMapInfo } from '../internal/binding.js'
import { typeName } from '../kernel/type-names.js'
import { kindOf, type MapKind } from './kind.js'

/** What the kernel says of a map, `struct bpf_map_info`; what it is too old to say is 0. */
export interface KernelMapInfo extends NativeMapInfo {
  /** As `createMap` takes it; undefined for a type that is newer than this package. */
  readonly kind: MapKind | undefined
  /** As libbpf and bpftool name it, `lru_hash`; its number in words for a type that is newer. */
  readonly typeName: string
}

/** The same, and what only a descriptor of the map tells. */
export interface MapInfo extends KernelMapInfo {
  /** Whether user space can no longer write it. */
  readonly frozen: boolean
}

export function describeMap(info: NativeMapInfo): KernelMapInfo {
  return { ...info, kind: kindOf(info.type), typeName: typeName('map', info.type) }
}
