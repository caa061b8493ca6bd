import type { OptionNames } from '../arguments.js'

/** What BPF_PROG_RUN is given; which of it a program takes depends on its type. */
export interface RunOptions {
  /** The packet, for programs that take one: an Ethernet frame, 14 bytes at least. */
  readonly data?: Uint8Array
  /** The context structure: `struct __sk_buff`, `struct xdp_md`, the arguments of a raw tracepoint. */
  readonly context?: Uint8Array
  /** How often to run it. Default: 1. */
  readonly repeat?: number
  /** Room for the packet that the program leaves. Default: the size of `data` and some headroom. */
  readonly dataOutSize?: number
  /** The CPU to run a raw tracepoint's program on. Linux 5.10. */
  readonly cpu?: number
  /** Sends what an XDP program redirects or passes on its way, as if the driver had received it. Linux 5.18. */
  readonly liveFrames?: boolean
  /** Frames at a time with `liveFrames`. Default: 64. */
  readonly batchSize?: number
  /** BPF_F_TEST_* that have no option here. */
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

export interface RunResult {
  readonly returnValue: number
  /** Mean nanoseconds of a run. */
  readonly duration: number
  /** The packet as the program left it; empty with `liveFrames`. */
  readonly data: Uint8Array
  /** The context as the program left it. */
  readonly context: Uint8Array
}
