import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { type KernelMapInfo, mapInfo } from './info.js'

/** Every map of the machine, by ascending id. CAP_SYS_ADMIN. */
export function* maps(): IterableIterator<KernelMapInfo> {
  for (const info of infos('map')) yield mapInfo(info)
}

/** @throws {BpfError} ENOENT when there is no map with that id. */
export function mapById(id: number): KernelMapInfo {
  return mapInfo(binding.infoById('map', id))
}
