import { show } from '../arguments.js'

/** Indexed by BPF_MAP_TYPE_* (include/uapi/linux/bpf.h), spelled as in bpftool. */
const kinds = [
  'unspec',
  'hash',
  'array',
  'prog_array',
  'perf_event_array',
  'percpu_hash',
  'percpu_array',
  'stack_trace',
  'cgroup_array',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'array_of_maps',
  'hash_of_maps',
  'devmap',
  'sockmap',
  'cpumap',
  'xskmap',
  'sockhash',
  'cgroup_storage',
  'reuseport_sockarray',
  'percpu_cgroup_storage',
  'queue',
  'stack',
  'sk_storage',
  'devmap_hash',
  'struct_ops',
  'ringbuf',
  'inode_storage',
  'task_storage',
  'bloom_filter',
  'user_ringbuf',
  'cgrp_storage',
  'arena',
  'insn_array',
] as const

/** A map type, as bpftool spells it. */
export type MapKind = Exclude<(typeof kinds)[number], 'unspec'>

/** Undefined for a type that is newer than this package. */
export function kindOf(type: number): MapKind | undefined {
  return type === 0 ? undefined : (kinds[type] as MapKind | undefined)
}

/** @throws {TypeError} for an unknown type. */
export function typeOf(kind: MapKind): number {
  const type = kinds.indexOf(kind)
  if (type <= 0) {
    throw new TypeError(`a map's type must be one of ${kinds.slice(1).join(', ')}, not ${show(kind)}`)
  }
  return type
}

/** Types whose keys are indices of 4 bytes. */
export const indexedKinds = [
  'array',
  'prog_array',
  'perf_event_array',
  'percpu_array',
  'stack_trace',
  'cgroup_array',
  'array_of_maps',
  'devmap',
  'devmap_hash',
  'sockmap',
  'cpumap',
  'xskmap',
  'reuseport_sockarray',
  'struct_ops',
  'insn_array',
] as const satisfies readonly MapKind[]

/** Types whose values are set as descriptors, and read as ids (cookies for sockets). */
export const descriptorKinds = [
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'array_of_maps',
  'hash_of_maps',
  'sockmap',
  'sockhash',
  'xskmap',
  'reuseport_sockarray',
] as const satisfies readonly MapKind[]

/** Those of `descriptorKinds` whose values this package has handles for. */
export const handleKinds = ['prog_array', 'array_of_maps', 'hash_of_maps'] as const satisfies readonly MapKind[]

/** Types whose keys are descriptors: of a socket, a file, a process (pidfd) or a cgroup's directory. */
export const storageKinds = [
  'sk_storage',
  'inode_storage',
  'task_storage',
  'cgrp_storage',
] as const satisfies readonly MapKind[]

export const perCpuKinds = [
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'percpu_cgroup_storage',
] as const satisfies readonly MapKind[]

/** Types without keys. */
export const keylessKinds = ['queue', 'stack', 'bloom_filter'] as const satisfies readonly MapKind[]

/** Types without entries that a system call can access. */
export const opaqueKinds = ['ringbuf', 'user_ringbuf', 'arena'] as const satisfies readonly MapKind[]

/** The section of the `__arena` variables; libbpf puts it at the beginning of the object's arena. */
export const arenaSection = '.addr_space.1'

export type IndexedKind = (typeof indexedKinds)[number]
export type DescriptorKind = (typeof descriptorKinds)[number]
export type HandleKind = (typeof handleKinds)[number]
export type StorageKind = (typeof storageKinds)[number]
export type PerCpuKind = (typeof perCpuKinds)[number]
export type KeylessKind = (typeof keylessKinds)[number]

export function isOneOf<T extends MapKind>(kind: MapKind | undefined, of: readonly T[]): kind is T {
  return (of as readonly (MapKind | undefined)[]).includes(kind)
}
