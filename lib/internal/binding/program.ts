import type { NativeLink } from './link.js'

/** The ways to attach. The options of each are declared in lib/link/attach and read in src-native/attach, by a file of its name. */
export type NativeAttachKind =
  | 'section'
  | 'kprobe'
  | 'kprobe_multi'
  | 'ksyscall'
  | 'uprobe'
  | 'uprobe_multi'
  | 'usdt'
  | 'tracepoint'
  | 'raw_tracepoint'
  | 'trace'
  | 'lsm'
  | 'freplace'
  | 'perf_event'
  | 'iter'
  | 'tcx'
  | 'netkit'
  | 'clsact'
  | 'xdp'
  | 'cgroup'
  | 'netns'
  | 'netfilter'
  | 'sockmap'
  | 'socket_filter'
  | 'reuseport'

/** A `bpf_program *` of a loaded object. After the object is closed, using it throws EBADF. */
export interface NativeProgram {
  readonly fd: number
  attach(kind: NativeAttachKind, options: object): NativeLink
  close(): void
}

export interface NativeRunOptions {
  readonly data?: Uint8Array
  readonly context?: Uint8Array
  readonly repeat?: number
  readonly dataOutSize?: number
  /** BPF_F_TEST_*, in addition to those that the options below set. */
  readonly flags?: number
  readonly cpu?: number
  readonly liveFrames?: boolean
  readonly batchSize?: number
}

export interface NativeRunResult {
  readonly returnValue: number
  /** The mean duration of a run in nanoseconds. */
  readonly duration: number
  readonly data: Uint8Array
  readonly context: Uint8Array
}

/** `struct bpf_prog_info`. A field that the kernel is too old for is 0. */
export interface BpfProgInfo {
  readonly id: number
  /** BPF_PROG_TYPE_*, as a number. */
  readonly type: number
  /** The first 15 bytes of the C name. */
  readonly name: string
  /** The SHA hash of its instructions, in hexadecimal. */
  readonly tag: string
  /** Load time in nanoseconds since the kernel booted (CLOCK_BOOTTIME). */
  readonly loadTime: bigint
  readonly uid: number
  readonly gplCompatible: boolean
  readonly mapIds: number[]
  readonly btfId: number
  /** What a tracing program or an extension is attached to: the id of the BTF (0 for the kernel's own), and the id of the type in it. */
  readonly attachBtfObjectId: number
  readonly attachBtfTypeId: number
  /** The index of the device that it is offloaded to; 0 for none. */
  readonly ifindex: number
  /** The size in bytes after the verifier's rewrites, and as machine code. */
  readonly xlatedSize: number
  readonly jitedSize: number
  readonly verifiedInstructions: number
  /** Nanoseconds that it ran, and how often, while statistics were enabled. */
  readonly runTime: bigint
  readonly runCount: bigint
  /** Runs that were skipped because the program was already running on that CPU. */
  readonly recursionMisses: bigint
  /** Only on request; empty if the kernel does not show them. */
  readonly xlated?: Uint8Array
  readonly jited?: Uint8Array
}
