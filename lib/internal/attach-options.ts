/** Where in the kernel to attach: a network namespace other than the caller's. */
export interface NativeNetns {
  /** A file, `/proc/PID/ns/net`; without a slash a name, in `/run/netns`. The call is made on a short-lived thread inside it. */
  readonly netns?: string
}

export interface NativeInterface extends NativeNetns {
  readonly ifindex: number
}

/** The directory of a cgroup2, by path or by descriptor. */
export type NativeCgroup = { readonly path: string } | { readonly fd: number }

/** A link or (default) a program, by descriptor or by id: one of the two. */
export type NativeNeighbour = { readonly link?: boolean } & ({ readonly fd: number } | { readonly id: number })

/** Where among a hook's programs: at most one of the first three; default: after all. */
export interface NativePlace {
  readonly anchor?: 'first' | 'last'
  readonly before?: NativeNeighbour
  readonly after?: NativeNeighbour
  /** ESTALE when the hook's programs have changed since it was read. */
  readonly expectedRevision?: bigint
}

export interface NativeLinking {
  /** False attaches without a link: what closes it detaches, not the end of the process. */
  readonly link?: boolean
  /** Descriptor of the program whose place to take; it has no link, and neither has its replacement. */
  readonly replace?: number
}

/** What `NativeProgram.attach` takes for each kind; src-native/attach/attach.cc lists them. */
export interface NativeAttachOptions {
  /** `bpf_program__attach`: by the SEC name. */
  section: Readonly<Record<string, never>>
  kprobe: { readonly symbol: string; readonly offset?: number; readonly retprobe?: boolean; readonly cookie?: bigint }
  /** One of pattern, symbols and addresses; cookies as many as places. */
  kprobe_multi: {
    readonly pattern?: string
    readonly uniqueMatch?: boolean
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
    readonly session?: boolean
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
  /** fentry, fexit, fmod_ret, fsession, tp_btf: to what the program was loaded for. */
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
  tcx: NativeInterface & NativePlace & NativeLinking & { readonly direction: 'ingress' | 'egress' }
  /** `ifindex` is the primary device's for either side. */
  netkit: NativeInterface & NativePlace & NativeLinking & { readonly side: 'primary' | 'peer' }
  /**
   * A filter on clsact, which is made if it is not there and never deleted: a filter of somebody else may have joined it.
   * `priority` 0 lets the kernel choose.
   */
  clsact: NativeInterface & {
    readonly direction: 'ingress' | 'egress'
    readonly priority?: number
    readonly handle?: number
    readonly replace?: boolean
  }
  xdp: NativeInterface & NativeLinking & { readonly mode?: 'native' | 'generic' | 'hardware' }
  /** By the section's attach type, or that of `direction` where the section names none. */
  cgroup: NativeCgroup &
    NativePlace & {
      readonly direction?: 'ingress' | 'egress'
      readonly preorder?: boolean
    }
  /** sk_lookup and flow_dissector. */
  netns: NativeNetns
  netfilter: NativeNetns & {
    readonly family: 'ipv4' | 'ipv6'
    readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
    readonly priority?: number
    readonly defragment?: boolean
  }
  /** `map` is a descriptor. */
  sockmap: { readonly map: number }
  /** A socket's descriptor, or the interface that a new packet socket listens to. */
  socket_filter: { readonly fd: number } | NativeInterface
  reuseport: { readonly fd: number }
}
