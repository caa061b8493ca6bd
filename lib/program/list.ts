import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { type ProgramInfo, programInfo } from './info.js'

/** Every program of the machine, by ascending id. What ends meanwhile is left out. CAP_SYS_ADMIN. */
export function* programs(): IterableIterator<ProgramInfo> {
  for (const info of infos('program')) yield programInfo(info)
}

/** @throws {BpfError} ENOENT when there is no program with that id. */
export function programById(id: number): ProgramInfo {
  return programInfo(binding.infoById('program', id))
}
