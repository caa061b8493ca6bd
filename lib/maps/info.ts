import type { BpfMapInfo } from '../internal/binding.js'
import { typeName } from '../kernel/type-names.js'
import type { MapType } from './types.js'

/** What the kernel reports about a map, `struct bpf_map_info`. A field that the kernel is too old for is 0. */
export interface KernelMapInfo extends Omit<BpfMapInfo, 'type'> {
  /** The map's type in libbpf and bpftool, such as `lru_hash`; for one that is newer than this package, `map type` and its number. */
  readonly type: MapType | (string & {})
  /** The map's type as a number, BPF_MAP_TYPE_*. */
  readonly typeId: number
}

/** `KernelMapInfo`, and what only a descriptor of the map shows. */
export interface MapInfo extends KernelMapInfo {
  /** Whether the map is read-only for user space. */
  readonly frozen: boolean
}

export function describeMap(info: BpfMapInfo): KernelMapInfo {
  return { ...info, type: typeName('map', info.type), typeId: info.type }
}
