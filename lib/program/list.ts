import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { describeProgram, type ProgramInfo } from './info.js'

/** Lists every program on the machine, by ascending id. Programs that are unloaded meanwhile are left out. Needs CAP_SYS_ADMIN. */
export function* listPrograms(): IterableIterator<ProgramInfo> {
  for (const info of infos('program')) yield describeProgram(info)
}

/** Describes the program with that id. @throws {BpfError} ENOENT if there is none. */
export function programInfo(id: number): ProgramInfo {
  return describeProgram(binding.infoById('program', id))
}
