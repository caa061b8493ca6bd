import type { OptionNames } from '../arguments.js'
import type { BpfProgInfo } from '../internal/binding.js'
import { bootTimeToDate } from '../kernel/clock.js'
import { typeName } from '../kernel/type-names.js'

/** Options of `LoadedProgram.info`. */
export interface InfoOptions {
  /** Adds `xlated` and `jited`: the instructions after verification, and the machine code. Default: false. */
  readonly instructions?: boolean
}

export const infoOptions: OptionNames<InfoOptions> = { instructions: true }

/** What the kernel reports about a program (`struct bpf_prog_info`). Fields that it is too old to report are 0. */
export interface ProgramInfo extends Omit<BpfProgInfo, 'type'> {
  /** The program's type in libbpf and bpftool, such as `sched_cls`; for one that is newer than this package, `program type` and its number. */
  readonly type: string
  /** The program's type as a number, BPF_PROG_TYPE_*. */
  readonly typeId: number
  /** `loadTime` as a date. */
  readonly loadedAt: Date
}

export function describeProgram(info: BpfProgInfo): ProgramInfo {
  return { ...info, type: typeName('program', info.type), typeId: info.type, loadedAt: bootTimeToDate(info.loadTime) }
}
