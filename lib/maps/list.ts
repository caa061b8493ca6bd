import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { describeMap, type KernelMapInfo } from './info.js'

/** Lists every map on the machine, in order of id. Needs CAP_SYS_ADMIN. */
export function* listMaps(): IterableIterator<KernelMapInfo> {
  for (const info of infos('map')) yield describeMap(info)
}

/** What the kernel reports about the map with an id. @throws {BpfError} ENOENT if there is no such map. */
export function mapInfo(id: number): KernelMapInfo {
  return describeMap(binding.infoById('map', id))
}
