import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { describeMap, type KernelMapInfo } from './info.js'

/** Every map of the machine, by ascending id. CAP_SYS_ADMIN. */
export function* listMaps(): IterableIterator<KernelMapInfo> {
  for (const info of infos('map')) yield describeMap(info)
}

/** @throws {BpfError} ENOENT when there is no map with that id. */
export function mapInfo(id: number): KernelMapInfo {
  return describeMap(binding.infoById('map', id))
}
