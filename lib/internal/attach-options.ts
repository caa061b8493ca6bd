/** A network namespace other than the caller's. */
export interface NativeNetns {
  /** A file, `/proc/PID/ns/net`, or, without a slash, a name in `/run/netns`. The call runs on a short-lived thread in the namespace. */
  readonly netns?: string
}

export interface NativeInterface extends NativeNetns {
  readonly ifindex: number
}

/** The directory of a cgroup v2, by path or by descriptor. */
export type NativeCgroup = { readonly path: string } | { readonly fd: number }

/** A relative link or (default) program, either by descriptor or by id. */
export type NativeNeighbour = { readonly link?: boolean } & ({ readonly fd: number } | { readonly id: number })

/** The position among a hook's programs: at most one of the first three; default: after all others. */
export interface NativePlace {
  readonly anchor?: 'first' | 'last'
  readonly before?: NativeNeighbour
  readonly after?: NativeNeighbour
  /** ESTALE if the hook's programs have changed since the revision was read. */
  readonly expectedRevision?: bigint
}

export interface NativeLinking {
  /** False attaches without a link: closing the handle detaches the program, the end of the process does not. */
  readonly link?: boolean
  /** The descriptor of the program to replace. It has no link, and neither has its replacement. */
  readonly replace?: number
}

/** The options of `NativeProgram.attach` for each kind; src-native/attach/attach.cc lists the kinds. */
export interface NativeAttachOptions {
  /** `bpf_program__attach`: according to the SEC name. */
  section: Readonly<Record<string, never>>
  kprobe: { readonly symbol: string; readonly offset?: number; readonly retprobe?: boolean; readonly cookie?: bigint }
  /** One of pattern, symbols and addresses; as many cookies as functions. */
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
  /** `pid`: 0 is this process, -1 (default) all processes. */
  uprobe: {
    readonly path: string
    readonly symbol?: string
    readonly offset?: number
    readonly pid?: number
    readonly refCtrOffset?: number
    readonly retprobe?: boolean
    readonly cookie?: bigint
  }
  /** One of pattern, symbols and offsets; the other lists must have the same length. */
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
  /** fentry, fexit, fmod_ret, fsession, tp_btf: attaches to the hook that the program was loaded for. */
  trace: { readonly cookie?: bigint }
  lsm: Readonly<Record<string, never>>
  /** Both, or neither: without them, it attaches to what the program was loaded for. */
  freplace: { readonly targetFd?: number; readonly function?: string }
  /** An open perf event, of which the link owns a duplicate, or one to open: `struct perf_event_attr`. */
  perf_event:
    | { readonly fd: number; readonly cookie?: bigint }
    | {
        readonly type: number
        readonly config: bigint
        /** -1 (default): any process. */
        readonly pid?: number
        readonly cpu?: number
        /** `frequency`: samples per second; or `period`: events per sample. */
        readonly frequency?: number
        readonly period?: number
        readonly excludeUser?: boolean
        readonly excludeKernel?: boolean
        readonly cookie?: bigint
      }
  /** `union bpf_iter_link_info`: iterates over a map's entries, a cgroup's relatives (by the number of the order), or tasks. */
  iter: {
    readonly mapFd?: number
    readonly cgroupOrder?: number
    readonly cgroupFd?: number
    readonly pid?: number
    readonly tid?: number
  }
  tcx: NativeInterface & NativePlace & NativeLinking & { readonly direction: 'ingress' | 'egress' }
  /** `ifindex` is that of the primary device, for both sides. */
  netkit: NativeInterface & NativePlace & NativeLinking & { readonly side: 'primary' | 'peer' }
  /**
   * A filter on clsact. The clsact qdisc is created if it does not exist, and never deleted: other filters may have been added to it.
   * `priority` 0 lets the kernel choose.
   */
  clsact: NativeInterface & {
    readonly direction: 'ingress' | 'egress'
    readonly priority?: number
    readonly handle?: number
    readonly replace?: boolean
  }
  xdp: NativeInterface & NativeLinking & { readonly mode?: 'native' | 'generic' | 'hardware' }
  /** Uses the section's attach type, or that of `direction` if the section has none. */
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
  /** The descriptor of a socket, or the interface for a new packet socket to listen on. */
  socket_filter: { readonly fd: number } | NativeInterface
  reuseport: { readonly fd: number }
}
