import type { BpfMapInfo } from '../internal/binding.js'
import { typeName } from '../kernel/type-names.js'
import { kindOf, type MapKind } from './kind.js'

/** What the kernel reports about a map, `struct bpf_map_info`. A field that the kernel is too old for is 0. */
export interface KernelMapInfo extends BpfMapInfo {
  /** The map's type, as `createMap` takes it; undefined for a type that is newer than this package. */
  readonly kind: MapKind | undefined
  /** The type's name in libbpf and bpftool, such as `lru_hash`; for a type that is newer than this package, `map type` and its number. */
  readonly typeName: string
}

/** `KernelMapInfo`, and what only a descriptor of the map shows. */
export interface MapInfo extends KernelMapInfo {
  /** Whether the map is read-only for user space. */
  readonly frozen: boolean
}

export function describeMap(info: BpfMapInfo): KernelMapInfo {
  return { ...info, kind: kindOf(info.type), typeName: typeName('map', info.type) }
}
