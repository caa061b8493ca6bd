import { type OptionNames, requireFd, requireOptions } from '../arguments.js'
import { defined } from '../defined.js'
import { BpfError } from '../errors.js'
import { binding } from '../internal/binding.js'
import { withAdvice } from '../internal/with-advice.js'
import { isFeature, requiring } from '../kernel/features.js'
import type { BytesCodec, SizedCodec } from './codec.js'
import type { Descriptor, RedirectTarget } from './descriptors.js'
import { flagBits, type MapFlag } from './flags.js'
import { BpfMap } from './map.js'
import type { MapOptions } from './options.js'
import { type MapShape, whyRefused } from './refused.js'
import { type DescriptorValue, type MapType, type MapTypeWith, mapTypeId, takesDescriptors, traitsOf } from './types.js'

/** Options for `createMap`. */
export interface CreateMapOptions {
  /** The map's type, as bpftool spells it. */
  readonly type: MapType
  /** The map's name: at most 15 bytes of letters, digits, `_` and `.`. */
  readonly name?: string
  /** How keys are encoded. Default: as indices or descriptors if the type uses them, otherwise as `Uint8Array`. */
  readonly key?: 'raw' | BytesCodec<unknown>
  /** How values are encoded; in a per-CPU map, the value of one CPU. Default: as `Uint8Array`, or as the type requires. */
  readonly value?: 'raw' | BytesCodec<unknown>
  /** Size of a key in bytes. Default: the codec's, or the size that the type requires. */
  readonly keySize?: number
  /** Size of a value in bytes. Default: the codec's, or the size that the type requires. */
  readonly valueSize?: number
  /**
   * The maximum number of entries. For a ring buffer, its size in bytes, rounded up to a power of two of whole pages; for an arena, its
   * size in pages. Local storage has none; a perf event array has one per possible CPU by default.
   */
  readonly maxEntries?: number
  /** BPF_F_* flags by name, such as `no_prealloc`. */
  readonly flags?: readonly MapFlag[]
  /** `map_extra`: for a bloom filter, the number of hash functions (default: 5); for an arena, its address. */
  readonly extra?: bigint
  /** The NUMA node to allocate the map on. */
  readonly numaNode?: number
  /** The index of the network device to offload the map to. */
  readonly ifindex?: number
  /** For a map of maps: a map like those that it will hold. */
  readonly inner?: { readonly fd: number }
}

const createOptions: OptionNames<CreateMapOptions> = {
  type: true,
  name: true,
  key: true,
  value: true,
  keySize: true,
  valueSize: true,
  maxEntries: true,
  flags: true,
  extra: true,
  numaNode: true,
  ifindex: true,
  inner: true,
}

type CodecOf<C, Otherwise> = C extends BytesCodec<infer T> ? T : C extends 'raw' ? Uint8Array : Otherwise
type DefaultKey<T extends MapType> =
  T extends MapTypeWith<{ key: 'none' }>
    ? never
    : T extends MapTypeWith<{ key: 'index' }>
      ? number
      : T extends MapTypeWith<{ key: 'descriptor' }>
        ? Descriptor
        : Uint8Array
type DefaultValue<T extends MapType> =
  T extends MapTypeWith<{ value: 'handle' }>
    ? { readonly fd: number } | number
    : T extends MapTypeWith<{ value: DescriptorValue }>
      ? Descriptor | bigint
      : T extends MapTypeWith<{ value: 'redirect' }>
        ? number | RedirectTarget
        : Uint8Array
type Given<O, Name extends string> = O extends { readonly [N in Name]: infer C } ? C : undefined

/** The key type that `createMap` infers from its options. For a bloom filter: the type of its elements. */
export type KeyOf<O extends CreateMapOptions> = O['type'] extends 'bloom_filter'
  ? ValueOf<O>
  : CodecOf<Given<O, 'key'>, DefaultKey<O['type']>>

/** The value type that `createMap` infers from its options. */
export type ValueOf<O extends CreateMapOptions> =
  O['type'] extends MapTypeWith<{ perCpu: true }>
    ? CodecOf<Given<O, 'value'>, Uint8Array>[]
    : CodecOf<Given<O, 'value'>, DefaultValue<O['type']>>

/**
 * Creates a map without an object. Needs CAP_BPF, and also CAP_NET_ADMIN for a devmap, an xskmap or a sockmap.
 *
 * @throws {TypeError} for an unknown type or flag, and for a size that is neither given nor known from a codec or the type.
 * @throws {PermissionError} naming the capabilities that are missing.
 * @throws {NotSupportedError} if the kernel does not have the type.
 * @throws {BpfError} EINVAL if the kernel rejects the sizes or the flags.
 *
 * @example
 * ```ts
 * import { createMap, u32, u64 } from 'ebpf'
 *
 * using hits = createMap({ type: 'hash', key: u32, value: u64, maxEntries: 1024 })
 * hits.set(443, 1n)
 * ```
 */
export function createMap<const O extends CreateMapOptions>(options: O): BpfMap<KeyOf<O>, ValueOf<O>> {
  const {
    type,
    name = '',
    extra,
    numaNode,
    ifindex,
    inner,
  } = requireOptions(options as CreateMapOptions, createOptions)
  const typeId = mapTypeId(type)
  const shape = {
    type: typeId,
    name,
    keySize: options.keySize ?? keySizeOf(options),
    valueSize: options.valueSize ?? valueSizeOf(options),
    maxEntries: options.maxEntries ?? maxEntriesOf(options),
    flags: flagBits(options.flags ?? []) | flagBits(traitsOf(type).flags ?? []),
    ...defined({ extra }),
  }
  const create = () =>
    binding.createMap({
      ...shape,
      ...defined({ numaNode, ifindex, innerMapFd: inner && requireFd(inner, 'inner') }),
    })
  const native = explainedBy({ ...shape, hasInner: inner !== undefined }, () =>
    isFeature(type) ? requiring(type, create) : create(),
  )
  try {
    const codecs = defined({ key: options.key, value: options.value })
    return new BpfMap(native, codecs as MapOptions<KeyOf<O>, ValueOf<O>>)
  } catch (error) {
    native.close()
    throw error
  }
}

/** The kernel reports only an errno, whatever it rejects: this adds the reason. */
function explainedBy<T>(shape: MapShape, create: () => T): T {
  try {
    return create()
  } catch (error) {
    if (!(error instanceof BpfError) || !['EINVAL', 'ENOTSUPP'].includes(error.code)) throw error
    const why = whyRefused(shape)
    throw why === undefined ? error : withAdvice(error, why)
  }
}

function keySizeOf({ type, key }: CreateMapOptions): number {
  const { key: keys } = traitsOf(type)
  if (keys === 'none') return 0
  return keys === 'bytes' ? codecSize(key, `keySize of a map of type ${type}`) : 4
}

function valueSizeOf({ type, value }: CreateMapOptions): number {
  const traits = traitsOf(type)
  if (traits.value === 'none') return 0
  const fixed = takesDescriptors(traits) || traits.value === 'redirect'
  return fixed && value === undefined ? 4 : codecSize(value, `valueSize of a map of type ${type}`)
}

function codecSize(codec: 'raw' | BytesCodec<unknown> | undefined, what: string): number {
  const size = (codec as Partial<SizedCodec<unknown>> | undefined)?.size
  if (size === undefined) throw new TypeError(`the ${what} must be given: no codec says it`)
  return size
}

function maxEntriesOf({ type }: CreateMapOptions): number {
  const { maxEntries } = traitsOf(type)
  if (maxEntries === undefined) throw new TypeError(`the maxEntries of a map of type ${type} must be given`)
  return maxEntries === 0 ? 0 : binding.possibleCpus()
}
