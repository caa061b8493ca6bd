import { sysctl } from '../internal/settings.js'
import { flagBits, type MapFlag } from './flags.js'
import { type MapTraits, type MapType, mapTypeOf, traitsOf } from './types.js'

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
  readonly broken: (shape: MapShape, type: MapType, traits: MapTraits) => boolean
  readonly says: (shape: MapShape, type: MapType) => string
}

const has = (flags: number, ...names: MapFlag[]) => (flags & flagBits(names)) !== 0
const sizeRule = (
  what: 'keySize' | 'valueSize',
  of: (traits: MapTraits, type: MapType) => boolean,
  allowed: readonly number[],
): Rule => ({
  broken: (shape, type, traits) => of(traits, type) && !allowed.includes(shape[what]),
  says: (shape, type) => `the ${what} of a map of type ${type} is ${allowed.join(' or ')}, not ${shape[what]}`,
})
const isOneOf = (type: MapType, ...types: readonly MapType[]) => types.includes(type)
const isLru = (type: MapType) => isOneOf(type, 'lru_hash', 'lru_percpu_hash')
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
    broken: (_, type) => type === 'struct_ops',
    says: () => 'a struct_ops map is made by loading an object that has one',
  },
  {
    broken: ({ hasInner = false }, type) => isOneOf(type, 'array_of_maps', 'hash_of_maps') && !hasInner,
    says: (_, type) =>
      `a map of type ${type} needs a template of the maps that it will hold: inner, or in an object __array(values, …) or setInner()`,
  },
  {
    broken: ({ maxEntries }, _, traits) => maxEntries === 0 && traits.maxEntries !== 0,
    says: (_, type) => `the maxEntries of a map of type ${type} is at least 1, not 0`,
  },
  {
    broken: ({ maxEntries }, _, traits) => maxEntries !== 0 && traits.maxEntries === 0,
    says: ({ maxEntries }, type) =>
      `a map of type ${type} has no limit of entries: its maxEntries is 0, not ${maxEntries}`,
  },
  sizeRule('keySize', ({ key }) => key === 'none', [0]),
  sizeRule('valueSize', ({ value }) => value === 'none', [0]),
  sizeRule('keySize', ({ key }) => key === 'index' || key === 'descriptor', [4]),
  sizeRule('keySize', (_, type) => isOneOf(type, 'cgroup_storage', 'percpu_cgroup_storage'), [8, 16]),
  sizeRule('valueSize', ({ value }) => value === 'handle' || value === 'descriptor', [4]),
  sizeRule('valueSize', ({ value }) => value === 'redirect' || value === 'socket', [4, 8]),
  {
    broken: ({ keySize }, _, { key }) => keySize === 0 && key === 'bytes',
    says: (_, type) => `the keySize of a map of type ${type} is at least 1, not 0`,
  },
  {
    broken: ({ keySize }, type) => type === 'lpm_trie' && (keySize < 5 || keySize > 260),
    says: ({ keySize }) =>
      `the keySize of a map of type lpm_trie is 5 to 260, 4 bytes of the prefix's length and then 1 to 256 of data, not ${keySize}`,
  },
  {
    broken: (shape, type) =>
      type === 'stack_trace' &&
      (shape.valueSize % frameSize(shape) !== 0 || shape.valueSize > frameSize(shape) * stackDepth()),
    says: (shape) =>
      `the valueSize of a map of type stack_trace is ${frameSize(shape)} for each frame, of ${stackDepth()} at most (kernel.perf_event_max_stack), not ${shape.valueSize}`,
  },
  {
    broken: ({ valueSize }, _, { value }) => valueSize === 0 && value !== 'none',
    says: (_, type) => `the valueSize of a map of type ${type} is at least 1, not 0`,
  },
  {
    broken: ({ extra = 0n }, type) => type === 'bloom_filter' && extra > 15n,
    says: ({ extra }) => `a bloom filter has at most 15 hash functions (extra), not ${extra}`,
  },
  {
    broken: ({ flags }, type, traits) =>
      has(flags, 'no_prealloc') &&
      traits.flags?.includes('no_prealloc') !== true &&
      !isOneOf(type, 'hash', 'percpu_hash', 'hash_of_maps'),
    says: (_, type) =>
      `a map of type ${type} has all its memory from the start: it does not take no_prealloc (BPF_F_NO_PREALLOC)`,
  },
  {
    broken: ({ flags }, _, traits) => !has(flags, 'no_prealloc') && traits.flags?.includes('no_prealloc') === true,
    says: (_, type) => `a map of type ${type} needs the flag no_prealloc (BPF_F_NO_PREALLOC)`,
  },
  {
    broken: ({ flags }, type) => has(flags, 'no_common_lru') && !isLru(type),
    says: (_, type) => `only LRU maps take no_common_lru (BPF_F_NO_COMMON_LRU), not one of type ${type}`,
  },
  {
    broken: ({ flags }, type) => has(flags, 'mmapable') && !isOneOf(type, 'array', 'arena'),
    says: (_, type) => `only arrays and arenas take mmapable (BPF_F_MMAPABLE), not a map of type ${type}`,
  },
  {
    broken: ({ flags }, type) => !has(flags, 'mmapable') && type === 'arena',
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
  const type = mapTypeOf(shape.type)
  if (type === undefined) return undefined
  return rules.find(({ broken }) => broken(shape, type, traitsOf(type)))?.says(shape, type)
}
