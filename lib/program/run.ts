import type { OptionNames } from '../arguments.js'

/** The input of BPF_PROG_RUN. Which options a program accepts depends on its type. */
export interface RunOptions {
  /** The packet, for programs that take one: an Ethernet frame of at least 14 bytes. */
  readonly data?: Uint8Array
  /** The context structure, such as `struct __sk_buff`, `struct xdp_md` or the arguments of a raw tracepoint. */
  readonly context?: Uint8Array
  /** How many times to run the program. Default: 1. */
  readonly repeat?: number
  /** The size of the buffer for the resulting packet, in bytes. Default: the size of `data` and some headroom. */
  readonly dataOutSize?: number
  /** The number of the CPU on which to run a raw tracepoint program. Linux 5.10. */
  readonly cpu?: number
  /** Sends packets that an XDP program passes or redirects on their way, as if the driver had received them. Default: false. Linux 5.18. */
  readonly liveFrames?: boolean
  /** The number of frames per batch with `liveFrames`. Default: 64. */
  readonly batchSize?: number
  /** Further BPF_F_TEST_* flags, which have no option here. */
  readonly flags?: number
}

export const runOptions: OptionNames<RunOptions> = {
  data: true,
  context: true,
  repeat: true,
  dataOutSize: true,
  cpu: true,
  liveFrames: true,
  batchSize: true,
  flags: true,
}

/** The result of `LoadedProgram.run`. */
export interface RunResult {
  /** The program's return value. */
  readonly returnValue: number
  /** The mean duration of one run, in nanoseconds. */
  readonly duration: number
  /** The packet after the run; empty with `liveFrames`. */
  readonly data: Uint8Array
  /** The context after the run. */
  readonly context: Uint8Array
}
