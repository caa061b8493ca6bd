import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { type ProgramInfo, programInfo } from './info.js'

/** Lists every program on the machine, by ascending id. Programs that are unloaded meanwhile are left out. Needs CAP_SYS_ADMIN. */
export function* programs(): IterableIterator<ProgramInfo> {
  for (const info of infos('program')) yield programInfo(info)
}

/** Describes the program with that id. @throws {BpfError} ENOENT if there is none. */
export function programById(id: number): ProgramInfo {
  return programInfo(binding.infoById('program', id))
}
