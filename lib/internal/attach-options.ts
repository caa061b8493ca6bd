/** Where in the kernel to attach: a network namespace other than the caller's, by the path of its file. */
export interface NativeNetns {
  /** `/run/netns/NAME` or `/proc/PID/ns/net`. The call is made on a short-lived thread inside it. */
  readonly netns?: string
}

export interface NativeTcOptions extends NativeNetns {
  readonly ifindex: number
  readonly direction: 'ingress' | 'egress'
}

/** What `NativeProgram.attach` takes for each kind; src-native/attach.cc lists them. */
export interface NativeAttachOptions {
  /** `bpf_program__attach`: by the SEC name. */
  section: Readonly<Record<string, never>>
  kprobe: { readonly symbol: string; readonly offset?: number; readonly retprobe?: boolean; readonly cookie?: bigint }
  /** One of pattern, symbols and addresses; cookies as many as places. */
  kprobe_multi: {
    readonly pattern?: string
    readonly symbols?: readonly string[]
    readonly addresses?: readonly bigint[]
    readonly cookies?: readonly bigint[]
    readonly retprobe?: boolean
    readonly session?: boolean
  }
  ksyscall: { readonly syscall: string; readonly retprobe?: boolean; readonly cookie?: bigint }
  /** `pid`: 0 is the own process, -1 (default) all. */
  uprobe: {
    readonly path: string
    readonly symbol?: string
    readonly offset?: number
    readonly pid?: number
    readonly refCtrOffset?: number
    readonly retprobe?: boolean
    readonly cookie?: bigint
  }
  /** One of pattern, symbols and offsets; the other lists as long as that one. */
  uprobe_multi: {
    readonly path: string
    readonly pattern?: string
    readonly symbols?: readonly string[]
    readonly offsets?: readonly number[]
    readonly refCtrOffsets?: readonly number[]
    readonly cookies?: readonly bigint[]
    readonly pid?: number
    readonly retprobe?: boolean
  }
  usdt: {
    readonly path: string
    readonly provider: string
    readonly name: string
    readonly pid?: number
    readonly cookie?: bigint
  }
  tracepoint: { readonly category: string; readonly name: string; readonly cookie?: bigint }
  raw_tracepoint: { readonly name: string; readonly cookie?: bigint }
  /** fentry, fexit, fmod_ret, tp_btf: to what the program was loaded for. */
  trace: { readonly cookie?: bigint }
  lsm: Readonly<Record<string, never>>
  /** Both, or neither: then to what the program was loaded for. */
  freplace: { readonly targetFd?: number; readonly function?: string }
  /** A perf event that is open, of which the link owns a duplicate, or one to open: `struct perf_event_attr`. */
  perf_event:
    | { readonly fd: number; readonly cookie?: bigint }
    | {
        readonly type: number
        readonly config: bigint
        /** -1 (default): any. */
        readonly pid?: number
        readonly cpu?: number
        /** Samples a second, or events a sample. */
        readonly frequency?: number
        readonly period?: number
        readonly excludeUser?: boolean
        readonly excludeKernel?: boolean
        readonly cookie?: bigint
      }
  /** `union bpf_iter_link_info`: over a map's entries, a cgroup's relatives (by the order's number), or tasks. */
  iter: {
    readonly mapFd?: number
    readonly cgroupOrder?: number
    readonly cgroupFd?: number
    readonly pid?: number
    readonly tid?: number
  }
  /** Placed before or after every program of the hook; default: after all. */
  tcx: NativeTcOptions & { readonly anchor?: 'first' | 'last' }
  /**
   * A filter on clsact, which is made if it is not there and never deleted: a filter of somebody else may have joined it.
   * `priority` 0 lets the kernel choose.
   */
  clsact: NativeTcOptions & { readonly priority?: number; readonly handle?: number }
}
