import type { BpfError } from '../errors.js'
import { type BpfMapInfo, binding } from '../internal/binding.js'
import { typeName } from '../kernel/type-names.js'
import type { OpenMap } from './open-map.js'

/** The properties that a pinned map must share with the object's map to be used for it (map_is_reuse_compat in libbpf.c). */
const compared = ['type', 'keySize', 'valueSize', 'maxEntries', 'flags', 'extra'] as const

/** If the load failed because of a pinned map with another definition: which properties differ. */
export function pinMismatch(error: BpfError, maps: ReadonlyMap<string, OpenMap>): string | undefined {
  const path = /couldn't reuse pinned map at '(.*)': parameter mismatch/.exec(error.log)?.[1]
  const name = /map '([^']*)': error reusing pinned map/.exec(error.log)?.[1] ?? ''
  if (path === undefined) return undefined
  const differences = differencesOf(path, maps.get(name))
  const how = differences.length > 0 ? `: ${differences.join(', ')}` : ''
  return `the map pinned at ${path} is not the object's map '${name}'${how}; unpin it, or give the map another pinPath`
}

function differencesOf(path: string, map: OpenMap | undefined): string[] {
  const pinned = map && infoOf(path)
  if (!pinned) return []
  return compared.flatMap((property) => {
    const [there, wanted] = [pinned[property], property === 'type' ? map.typeId : map[property]]
    if (there === wanted || (property === 'maxEntries' && isChosenOnLoad(map, pinned))) return []
    return [
      `its ${property} ${property === 'flags' ? 'are' : 'is'} ${shown(property, there)}, not ${shown(property, wanted)}`,
    ]
  })
}

/** libbpf rounds the size of a ring buffer up to a power of two of pages, and gives a perf event array one entry per CPU. */
function isChosenOnLoad({ maxEntries, type }: OpenMap, pinned: BpfMapInfo): boolean {
  if (type === 'perf_event_array') return maxEntries === 0
  if (type !== 'ringbuf' && type !== 'user_ringbuf') return false
  return pinned.maxEntries >= maxEntries && (pinned.maxEntries < 2 * maxEntries || pinned.maxEntries <= 65_536)
}

const shown = (property: string, value: number | bigint) =>
  property === 'type' ? typeName('map', Number(value)) : String(value)

function infoOf(path: string): BpfMapInfo | undefined {
  try {
    const map = binding.openPinnedMap(path, 0)
    try {
      return map.info
    } finally {
      map.close()
    }
  } catch {
    return undefined
  }
}
