// include/uapi/linux/bpf.h, enum bpf_map_type, named as bpftool does
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
]

/** `hash` of 1; a type that is newer than this list is its number. */
export const mapKind = (type: number): string => kinds[type] ?? String(type)

export const isPerCpuKind = (kind: string): boolean => kind.includes('percpu_')
export const isMapOfMapsKind = (kind: string): boolean => kind.endsWith('_of_maps')
