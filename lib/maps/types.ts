import { isKeyOf, requireOneOf } from '../arguments.js'
import type { MapFlag } from './flags.js'

export type MapOperation =
  | 'get'
  | 'has'
  | 'set'
  | 'delete'
  | 'take'
  | 'iterate'
  | 'push'
  | 'pop'
  | 'peek'
  | 'add'
  | 'view'

/** What this package needs to know about a type of map: everything that depends on the type reads it here. */
export interface MapTraits {
  /** BPF_MAP_TYPE_* (include/uapi/linux/bpf.h). */
  readonly id: number
  /** What a key is: an `index` of 4 bytes, or the `descriptor` of the file, process, cgroup or socket that owns an entry. */
  readonly key: 'bytes' | 'index' | 'descriptor' | 'none'
  /**
   * What a value is. A `handle`, a `descriptor` and a `socket` are set as descriptors. They read as an id, not at all, and as a cookie. A
   * `redirect` is the target of a redirected packet.
   */
  readonly value: 'bytes' | 'handle' | 'descriptor' | 'socket' | 'redirect' | 'none'
  readonly perCpu?: true
  /** Flags that the kernel demands for every map of the type. */
  readonly flags?: readonly MapFlag[]
  /** The number of entries that the kernel demands or that is sensible by default. */
  readonly maxEntries?: 0 | 'possible CPUs'
  readonly operations: readonly MapOperation[]
  /** Why the map lacks an operation, or what to use instead; for all of them, or for each. */
  readonly lacks?: string | Partial<Record<MapOperation, string>>
}

const read = ['get', 'has', 'iterate'] as const
const array = [...read, 'set'] as const
const entries = [...array, 'delete'] as const
const hash = [...entries, 'take'] as const
const queue = ['push', 'pop', 'peek'] as const

const alwaysThere = { delete: "an array's entries always exist; set it instead" }
const noKeys = 'it has no keys; use push(), pop() and peek()'
const byOwner = { iterate: 'local storage is reached by its owner only; an iterator program can walk it' }
const unreadable = (reason: string) => ({ get: reason, has: reason, iterate: reason })

const storage = {
  key: 'descriptor',
  value: 'bytes',
  flags: ['no_prealloc'],
  maxEntries: 0,
  operations: ['get', 'has', 'set', 'delete'],
  lacks: byOwner,
} as const

/** The types of maps, as bpftool spells them. */
export const mapTypes = {
  hash: { id: 1, key: 'bytes', value: 'bytes', operations: hash },
  array: { id: 2, key: 'index', value: 'bytes', operations: [...array, 'view'], lacks: alwaysThere },
  prog_array: { id: 3, key: 'index', value: 'handle', operations: entries },
  perf_event_array: {
    id: 4,
    key: 'index',
    value: 'descriptor',
    maxEntries: 'possible CPUs',
    operations: ['set', 'delete'],
    lacks: unreadable('the kernel gives no event back; read its records with perfbuf()'),
  },
  percpu_hash: { id: 5, key: 'bytes', value: 'bytes', perCpu: true, operations: hash },
  percpu_array: { id: 6, key: 'index', value: 'bytes', perCpu: true, operations: array, lacks: alwaysThere },
  stack_trace: {
    id: 7,
    key: 'index',
    value: 'bytes',
    operations: [...read, 'delete'],
    lacks: { set: 'only programs put stacks in it, by bpf_get_stackid' },
  },
  cgroup_array: {
    id: 8,
    key: 'index',
    value: 'descriptor',
    operations: ['set', 'delete'],
    lacks: unreadable('the kernel gives no cgroup back'),
  },
  lru_hash: { id: 9, key: 'bytes', value: 'bytes', operations: hash },
  lru_percpu_hash: { id: 10, key: 'bytes', value: 'bytes', perCpu: true, operations: hash },
  lpm_trie: { id: 11, key: 'bytes', value: 'bytes', flags: ['no_prealloc'], operations: entries },
  array_of_maps: { id: 12, key: 'index', value: 'handle', operations: entries },
  hash_of_maps: { id: 13, key: 'bytes', value: 'handle', operations: entries },
  devmap: { id: 14, key: 'index', value: 'redirect', operations: entries },
  sockmap: { id: 15, key: 'index', value: 'socket', operations: entries },
  cpumap: { id: 16, key: 'index', value: 'redirect', operations: entries },
  xskmap: {
    id: 17,
    key: 'index',
    value: 'descriptor',
    operations: ['set', 'delete'],
    lacks: unreadable('the kernel gives no socket back'),
  },
  sockhash: { id: 18, key: 'bytes', value: 'socket', operations: entries },
  cgroup_storage: { id: 19, key: 'bytes', value: 'bytes', maxEntries: 0, operations: array, lacks: alwaysThere },
  reuseport_sockarray: { id: 20, key: 'index', value: 'socket', operations: entries },
  percpu_cgroup_storage: {
    id: 21,
    key: 'bytes',
    value: 'bytes',
    perCpu: true,
    maxEntries: 0,
    operations: array,
    lacks: alwaysThere,
  },
  queue: { id: 22, key: 'none', value: 'bytes', operations: queue, lacks: noKeys },
  stack: { id: 23, key: 'none', value: 'bytes', operations: queue, lacks: noKeys },
  sk_storage: { id: 24, ...storage },
  devmap_hash: { id: 25, key: 'index', value: 'redirect', operations: entries },
  struct_ops: {
    id: 26,
    key: 'index',
    value: 'bytes',
    operations: ['delete'],
    lacks: 'it is registered by attaching it',
  },
  ringbuf: {
    id: 27,
    key: 'none',
    value: 'none',
    operations: [],
    lacks: 'it is a stream of records to read with ringbuf()',
  },
  inode_storage: { id: 28, ...storage },
  task_storage: { id: 29, ...storage },
  bloom_filter: { id: 30, key: 'none', value: 'bytes', operations: ['add', 'has'], lacks: 'use add() and has()' },
  user_ringbuf: {
    id: 31,
    key: 'none',
    value: 'none',
    operations: [],
    lacks: 'it is a stream of records to write with userRingbuf()',
  },
  cgrp_storage: { id: 32, ...storage },
  arena: {
    id: 33,
    key: 'none',
    value: 'none',
    flags: ['mmapable'],
    operations: ['view'],
    lacks: 'it is memory to use with view()',
  },
  insn_array: { id: 34, key: 'index', value: 'bytes', operations: array, lacks: alwaysThere },
} as const satisfies Record<string, MapTraits>

/** A map type, as bpftool spells it. */
export type MapType = keyof typeof mapTypes

/** The types of maps that have these traits. */
export type MapTypeWith<T extends Partial<MapTraits>> = {
  [K in MapType]: (typeof mapTypes)[K] extends T ? K : never
}[MapType]

/** The section of the `__arena` variables; libbpf puts it at the beginning of the object's arena. */
export const arenaSection = '.addr_space.1'

const descriptorValues = ['handle', 'descriptor', 'socket'] as const

/** Values that are set as descriptors. */
export type DescriptorValue = (typeof descriptorValues)[number]

export const traitsOf = (type: MapType): MapTraits => mapTypes[type]

export const takesDescriptors = ({ value }: MapTraits): boolean =>
  (descriptorValues as readonly string[]).includes(value)

const names = Object.keys(mapTypes) as MapType[]
const byId = new Map(names.map((name) => [mapTypes[name].id as number, name]))

/** The name of a type; undefined for a type that is newer than this package. */
export const mapTypeOf = (id: number): MapType | undefined => byId.get(id)

/** The traits of a type by its name; undefined for one that is newer than this package. */
export const traitsOfName = (type: string): MapTraits | undefined =>
  isKeyOf(mapTypes, type) ? mapTypes[type] : undefined

/** The traits of a type by its number; undefined for one that is newer than this package. */
export function traitsOfId(id: number): MapTraits | undefined {
  const type = byId.get(id)
  return type && mapTypes[type]
}

/** @throws {TypeError} for an unknown type. */
export const mapTypeId = (type: MapType): number => mapTypes[requireOneOf(type, names, "a map's type")].id
