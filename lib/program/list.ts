import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { describeProgram, type ProgramInfo } from './info.js'

/** Every program of the machine, by ascending id. What ends meanwhile is left out. CAP_SYS_ADMIN. */
export function* listPrograms(): IterableIterator<ProgramInfo> {
  for (const info of infos('program')) yield describeProgram(info)
}

/** @throws {BpfError} ENOENT when there is no program with that id. */
export function programInfo(id: number): ProgramInfo {
  return describeProgram(binding.infoById('program', id))
}
