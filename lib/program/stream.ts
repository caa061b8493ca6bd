import { isKeyOf, show } from '../arguments.js'
import { binding } from '../internal/binding.js'
import { requiring } from '../kernel/features.js'

const streams: Readonly<Record<ProgramStream, number>> = { stdout: 1, stderr: 2 }

/** A stream that a program writes to with `bpf_stream_printk`. In `stderr` the kernel also reports the program's faults. */
export type ProgramStream = 'stdout' | 'stderr'

/** @internal */
export function readProgramStream(fd: number, stream: ProgramStream): string {
  if (!isKeyOf(streams, stream)) throw new TypeError(`the stream must be 'stdout' or 'stderr', not ${show(stream)}`)
  const bytes = requiring('program_stream', () => binding.readProgramStream(fd, streams[stream]))
  return new TextDecoder().decode(bytes)
}
