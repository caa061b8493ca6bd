import { resolve } from 'node:path'
import { isKeyOf, type OptionNames, requireOptions, requireText, show } from '../arguments.js'
import { Btf } from '../btf/index.js'
import { PermissionError } from '../errors.js'
import { type BpfMapInfo, binding, type NativeMap } from '../internal/binding.js'
import { bpfError } from '../internal/bpf-error.js'
import { type Path, pathOf } from '../path.js'
import { printable } from '../printable.js'
import { flagBits } from './flags.js'
import type { KernelMapInfo } from './info.js'
import { listMaps } from './list.js'
import { BpfMap } from './map.js'
import { type MapOptions, mapOptions } from './options.js'
import { keptName, mayBeNamed } from './whole-name.js'

/** Which of the kernel's maps to open: by its id, its name, or the path that it is pinned to. */
export type MapLocation =
  | { readonly id: number }
  | { readonly name: string }
  | {
      readonly path: Path
      /** Opens the map only to read or only to write it. Default: both. */
      readonly access?: 'read' | 'write'
    }

const locationNames: OptionNames<MapLocation> = { id: true, name: true, path: true, access: true }

const accessFlags = { read: flagBits(['rdonly']), write: flagBits(['wronly']) }

/**
 * Opens an existing map, whoever created it. Keys and values are decoded with the BTF that the kernel keeps for the map.
 * Opening by id or name needs CAP_SYS_ADMIN. A pinned map needs only permission for the file, and CAP_BPF before Linux 5.19 (commit
 * c8644cd0efe7). Reading the BTF needs CAP_SYS_ADMIN too: without it, keys and values are bytes unless `options` has codecs.
 *
 * @throws {BpfError} ENOENT if there is no such map, EEXIST if several maps have the name, EINVAL if the path is not on a bpffs or
 *   something else is pinned there.
 */
export function openMap<K = unknown, V = unknown>(location: MapLocation, options: MapOptions<K, V> = {}): BpfMap<K, V> {
  requireOptions(options, mapOptions)
  const native = locate(location)
  try {
    const pinnedAt = 'path' in location ? resolve(pathOf(location.path)) : undefined
    return new BpfMap<K, V>(native, { ...options, ...typesOf(native.info) }, pinnedAt)
  } catch (error) {
    native.close()
    throw error
  }
}

function locate(location: MapLocation): NativeMap {
  requireOptions(location, locationNames, 'location')
  if ('id' in location) return binding.mapById(location.id)
  if ('name' in location) return byName(location.name)
  const { path, access } = location
  if (access !== undefined && !isKeyOf(accessFlags, access)) {
    throw new TypeError(`the access to a pinned map is 'read' or 'write', not ${show(access)}`)
  }
  return binding.openPinnedMap(pathOf(path), access === undefined ? 0 : accessFlags[access])
}

function byName(name: string): NativeMap {
  const kept = keptName(requireText(name, 'name'))
  const alike = Array.from(listMaps()).filter((map) => keptName(map.name) === kept)
  const [one, ...others] = alike.filter((map) => mayBeNamed(name, map, typesOf(map).btf))
  const operation = `open map ${name}`
  if (one === undefined) {
    const message = `there is no map named ${name}${cutShort(alike)}`
    throw bpfError('ENOENT', operation, message)
  }
  if (others.length === 0) return binding.mapById(one.id)
  const candidates = [one, ...others].map(({ id, type }) => `${id} (${type})`).join(', ')
  const asKept =
    kept === Buffer.from(name).toString('latin1') ? name : `${one.name}, which is all that the kernel keeps of ${name}`
  const message = `several maps are named ${asKept}: open one of them by its id: ${candidates}`
  throw bpfError('EEXIST', operation, message)
}

/** A note about maps whose names only start the same. */
function cutShort(alike: readonly KernelMapInfo[]): string {
  if (alike.length === 0) return ''
  const maps = alike.map(({ id, name }) => `${id} (${printable(name)})`).join(', ')
  return `: the types of map ${maps} say that its name ends otherwise`
}

/** Without CAP_SYS_ADMIN the kernel does not return BTF by id: keys and values are then bytes, unless codecs are given. */
interface MapTypes {
  readonly btf?: Btf
  readonly keyType?: number
  readonly valueType?: number
}

function typesOf({ btfId, btfKeyTypeId, btfValueTypeId }: Omit<BpfMapInfo, 'type'>): MapTypes {
  if (btfId === 0) return {}
  try {
    return { btf: Btf.parse(binding.btfById(btfId)), keyType: btfKeyTypeId, valueType: btfValueTypeId }
  } catch (error) {
    if (error instanceof PermissionError) return {}
    throw error
  }
}
