import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { type KernelMapInfo, mapInfo } from './info.js'

/** Lists every map on the machine, in order of id. Needs CAP_SYS_ADMIN. */
export function* maps(): IterableIterator<KernelMapInfo> {
  for (const info of infos('map')) yield mapInfo(info)
}

/** What the kernel reports about the map with an id. @throws {BpfError} ENOENT if there is no such map. */
export function mapById(id: number): KernelMapInfo {
  return mapInfo(binding.infoById('map', id))
}
