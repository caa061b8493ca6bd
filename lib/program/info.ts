import type { OptionNames } from '../arguments.js'
import type { NativeProgramInfo } from '../internal/binding.js'
import { bootTimeToDate } from '../kernel/clock.js'
import { typeName } from '../kernel/type-names.js'

export interface InfoOptions {
  /** With `xlated` and `jited`, the instructions of the verifier and of the machine. Default: false. */
  readonly instructions?: boolean
}

export const infoOptions: OptionNames<InfoOptions> = { instructions: true }

/** What the kernel says of a program, `struct bpf_prog_info`; what it is too old to say is 0. */
export interface ProgramInfo extends NativeProgramInfo {
  /** As libbpf and bpftool name it, `sched_cls`. */
  readonly typeName: string
  /** `loadTime` as a time of day. */
  readonly loadedAt: Date
}

export function describeProgram(info: NativeProgramInfo): ProgramInfo {
  return { ...info, typeName: typeName('program', info.type), loadedAt: bootTimeToDate(info.loadTime) }
}
