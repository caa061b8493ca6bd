import { sysctl } from '../internal/settings.js'
import { flagBits, type MapFlag } from './flags.js'
import { isOneOf, keylessKinds, kindOf, type MapKind, opaqueKinds, storageKinds } from './kind.js'

/** The properties of a map to create. */
export interface MapShape {
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  /** BPF_F_* */
  readonly flags: number
  readonly extra?: bigint | undefined
  readonly name?: string | undefined
  /** Whether an inner map is given. */
  readonly hasInner?: boolean
}

interface Rule {
  readonly broken: (shape: MapShape, kind: MapKind) => boolean
  readonly says: (shape: MapShape, kind: MapKind) => string
}

const has = (flags: number, ...names: MapFlag[]) => (flags & flagBits(names)) !== 0
const sizeRule = (what: 'keySize' | 'valueSize', kinds: readonly MapKind[], allowed: readonly number[]): Rule => ({
  broken: (shape, kind) => isOneOf(kind, kinds) && !allowed.includes(shape[what]),
  says: (shape, kind) => `the ${what} of a map of type ${kind} is ${allowed.join(' or ')}, not ${shape[what]}`,
})
const lruKinds = ['lru_hash', 'lru_percpu_hash'] as const
const hashKinds = ['hash', 'percpu_hash', ...lruKinds] as const
const innerKinds = ['array_of_maps', 'hash_of_maps'] as const
const cgroupKinds = ['cgroup_storage', 'percpu_cgroup_storage'] as const
const noEntries = [...storageKinds, ...cgroupKinds] as const
const stackDepth = () => sysctl('kernel/perf_event_max_stack') ?? 127
const frameSize = ({ flags }: MapShape) => (has(flags, 'stack_build_id') ? 32 : 8)
const longestName = 15

/** What each type's map_alloc_check and map_alloc require in the kernel (kernel/bpf/, net/core/, net/xdp/). */
const rules: readonly Rule[] = [
  {
    broken: ({ name = '' }) => !/^[\w.]*$/.test(name.slice(0, longestName)),
    says: ({ name }) => `a map's name is made of letters, digits, '_' and '.', not '${name}'`,
  },
  {
    broken: (_, kind) => kind === 'struct_ops',
    says: () => 'a struct_ops map is made by loading an object that has one',
  },
  {
    broken: ({ hasInner = false }, kind) => isOneOf(kind, innerKinds) && !hasInner,
    says: (_, kind) =>
      `a map of type ${kind} needs a template of the maps that it will hold: inner, or in an object __array(values, …) or setInner()`,
  },
  {
    broken: ({ maxEntries }, kind) => maxEntries === 0 && !isOneOf(kind, noEntries),
    says: (_, kind) => `the maxEntries of a map of type ${kind} is at least 1, not 0`,
  },
  {
    broken: ({ maxEntries }, kind) => maxEntries !== 0 && isOneOf(kind, noEntries),
    says: ({ maxEntries }, kind) =>
      `a map of type ${kind} has no limit of entries: its maxEntries is 0, not ${maxEntries}`,
  },
  sizeRule('keySize', [...keylessKinds, ...opaqueKinds], [0]),
  sizeRule('valueSize', opaqueKinds, [0]),
  sizeRule('keySize', storageKinds, [4]),
  sizeRule('keySize', cgroupKinds, [8, 16]),
  sizeRule(
    'keySize',
    ['array', 'percpu_array', 'prog_array', 'perf_event_array', 'cgroup_array', 'array_of_maps'],
    [4],
  ),
  sizeRule(
    'keySize',
    ['stack_trace', 'devmap', 'devmap_hash', 'cpumap', 'xskmap', 'sockmap', 'reuseport_sockarray'],
    [4],
  ),
  sizeRule('valueSize', ['prog_array', 'perf_event_array', 'cgroup_array', ...innerKinds, 'xskmap'], [4]),
  sizeRule('valueSize', ['devmap', 'devmap_hash', 'cpumap', 'sockmap', 'sockhash', 'reuseport_sockarray'], [4, 8]),
  {
    broken: ({ keySize }, kind) => keySize === 0 && isOneOf(kind, [...hashKinds, 'hash_of_maps', 'sockhash']),
    says: (_, kind) => `the keySize of a map of type ${kind} is at least 1, not 0`,
  },
  {
    broken: ({ keySize }, kind) => kind === 'lpm_trie' && (keySize < 5 || keySize > 260),
    says: ({ keySize }) =>
      `the keySize of a map of type lpm_trie is 5 to 260, 4 bytes of the prefix's length and then 1 to 256 of data, not ${keySize}`,
  },
  {
    broken: (shape, kind) =>
      kind === 'stack_trace' &&
      (shape.valueSize % frameSize(shape) !== 0 || shape.valueSize > frameSize(shape) * stackDepth()),
    says: (shape) =>
      `the valueSize of a map of type stack_trace is ${frameSize(shape)} for each frame, of ${stackDepth()} at most (kernel.perf_event_max_stack), not ${shape.valueSize}`,
  },
  {
    broken: ({ valueSize }, kind) => valueSize === 0 && !isOneOf(kind, opaqueKinds),
    says: (_, kind) => `the valueSize of a map of type ${kind} is at least 1, not 0`,
  },
  {
    broken: ({ extra = 0n }, kind) => kind === 'bloom_filter' && extra > 15n,
    says: ({ extra }) => `a bloom filter has at most 15 hash functions (extra), not ${extra}`,
  },
  {
    broken: ({ flags }, kind) =>
      has(flags, 'no_prealloc') && !isOneOf(kind, ['hash', 'percpu_hash', 'lpm_trie', 'hash_of_maps', ...storageKinds]),
    says: (_, kind) =>
      `a map of type ${kind} has all its memory from the start: it does not take no_prealloc (BPF_F_NO_PREALLOC)`,
  },
  {
    broken: ({ flags }, kind) => !has(flags, 'no_prealloc') && isOneOf(kind, ['lpm_trie', ...storageKinds]),
    says: (_, kind) => `a map of type ${kind} needs the flag no_prealloc (BPF_F_NO_PREALLOC)`,
  },
  {
    broken: ({ flags }, kind) => has(flags, 'no_common_lru') && !isOneOf(kind, lruKinds),
    says: (_, kind) => `only LRU maps take no_common_lru (BPF_F_NO_COMMON_LRU), not one of type ${kind}`,
  },
  {
    broken: ({ flags }, kind) => has(flags, 'mmapable') && !isOneOf(kind, ['array', 'arena']),
    says: (_, kind) => `only arrays and arenas take mmapable (BPF_F_MMAPABLE), not a map of type ${kind}`,
  },
  {
    broken: ({ flags }, kind) => !has(flags, 'mmapable') && kind === 'arena',
    says: () => 'an arena needs the flag mmapable (BPF_F_MMAPABLE)',
  },
  {
    broken: ({ flags }) =>
      (has(flags, 'rdonly') && has(flags, 'wronly')) || (has(flags, 'rdonly_prog') && has(flags, 'wronly_prog')),
    says: () => 'the flags rdonly and wronly exclude each other, and so do rdonly_prog and wronly_prog',
  },
]

/** Which of the kernel's rules the map breaks, to explain EINVAL; undefined if it breaks none of these. */
export function whyRefused(shape: MapShape): string | undefined {
  const kind = kindOf(shape.type)
  if (kind === undefined) return undefined
  return rules.find(({ broken }) => broken(shape, kind))?.says(shape, kind)
}
