import type { OptionNames } from '../arguments.js'
import { divideFields } from '../btf/codec/formats.js'
import { codecOptions } from '../btf/codec/options.js'
import type { Btf, CodecOptions } from '../btf/index.js'
import type { BpfMapInfo } from '../internal/binding.js'
import { type BytesCodec, btfCodec, oneCpuCodec, perCpuCodec, rawCodec } from './codec.js'
import { descriptorKey, descriptorValue, redirectValue } from './descriptors.js'
import { u32 } from './scalars.js'
import { takesDescriptors, traitsOfId } from './types.js'

/** How keys and values are decoded. By default, with the map's BTF, or as bytes if it has none. */
export interface MapOptions<K, V> extends CodecOptions {
  /** How keys are decoded, `'raw'` for `Uint8Array` or a codec of your own. */
  readonly key?: 'raw' | BytesCodec<K>
  /** How values are decoded, as for `key`. For a per-CPU map, this is the codec of one CPU's value. */
  readonly value?: 'raw' | BytesCodec<V>
  /** @internal */
  readonly btf?: Btf
  /** @internal */
  readonly keyType?: number
  /** @internal */
  readonly valueType?: number
}

/** The options that users may pass. */
export const mapOptions: OptionNames<Omit<MapOptions<unknown, unknown>, 'btf' | 'keyType' | 'valueType'>> = {
  ...codecOptions,
  key: true,
  value: true,
}

export interface MapCodecs<K, V> {
  readonly key: BytesCodec<K>
  readonly value: BytesCodec<V>
  /** For a per-CPU map: the codec of one CPU's value. */
  readonly cpuValue: BytesCodec<unknown> | undefined
}

export function codecsOf<K, V>(info: BpfMapInfo, options: MapOptions<K, V>): MapCodecs<K, V> {
  const fields = divideFields(options.fields, ['key', 'value'])
  const perCpu = traitsOfId(info.type)?.perCpu
  const oneValue = valueCodec(info, { ...(options as MapOptions<unknown, unknown>), fields: fields.value })
  return {
    key: keyCodec(info, { ...(options as MapOptions<unknown, unknown>), fields: fields.key }) as BytesCodec<K>,
    value: (perCpu ? perCpuCodec(oneValue, info) : oneValue) as BytesCodec<V>,
    cpuValue: perCpu ? oneCpuCodec(oneValue, info) : undefined,
  }
}

function keyCodec(
  info: BpfMapInfo,
  { key, value: _, btf, keyType, valueType: _type, ...options }: MapOptions<unknown, unknown>,
) {
  const traits = traitsOfId(info.type)
  if (key !== undefined && key !== 'raw') return key
  if (key !== 'raw') {
    if (traits?.key === 'descriptor') return descriptorKey(info.name)
    if (btf && keyType) return btfCodec<unknown>(btf, keyType, options)
    if (traits?.key === 'index' && info.keySize === 4) return u32
  }
  return rawCodec(info.keySize, `a key of map ${info.name}`)
}

function valueCodec(
  info: BpfMapInfo,
  { key: _, value, btf, keyType: _type, valueType, ...options }: MapOptions<unknown, unknown>,
): BytesCodec<unknown> {
  const traits = traitsOfId(info.type)
  if (value !== undefined && value !== 'raw') return value
  if (value !== 'raw') {
    if (traits && takesDescriptors(traits)) {
      return descriptorValue(info.name, info.valueSize, traits.value === 'handle')
    }
    if (btf && valueType) return btfCodec<unknown>(btf, valueType, options)
    if (traits?.value === 'redirect') {
      return redirectValue(info.name, info.valueSize) as BytesCodec<unknown>
    }
  }
  return rawCodec(info.valueSize, `a value of map ${info.name}`) as BytesCodec<unknown>
}
