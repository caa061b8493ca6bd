/** What the kernel reports about a link (`struct bpf_link_info`): the fields that every link has, and those of its `kind`. */
export type LinkInfo = AnyLinkInfo & KindOfLinkInfo

/** The fields that every link has. */
export interface AnyLinkInfo {
  /** The id of the link. */
  readonly id: number
  /** The type: BPF_LINK_TYPE_*, as a number. */
  readonly type: number
  /** The id of the attached program. */
  readonly programId: number
}

/** The fields of each `kind`, named as in libbpf and bpftool. Fields that the running kernel does not report are 0 or empty. */
export type KindOfLinkInfo =
  | RawTracepointLinkInfo
  | TracingLinkInfo
  | CgroupLinkInfo
  | IterLinkInfo
  | NetnsLinkInfo
  | XdpLinkInfo
  | PerfEventLinkInfo
  | KprobeMultiLinkInfo
  | StructOpsLinkInfo
  | NetfilterLinkInfo
  | InterfaceLinkInfo
  | UprobeMultiLinkInfo
  | SockmapLinkInfo
  | UnknownLinkInfo

/** A link of a raw tracepoint or of tp_btf. */
export interface RawTracepointLinkInfo {
  /** The kind of link. */
  readonly kind: 'raw_tracepoint'
  /** The name of the tracepoint. */
  readonly tracepoint: string
}

/** The fields of links that have an attach type. */
export interface AttachTypeInfo {
  /** The attach type: BPF_* of enum bpf_attach_type, as a number. */
  readonly attachType: number
  /** libbpf's name for the attach type, such as `cgroup_inet4_connect`; undefined for one newer than this package's libbpf. */
  readonly attachTypeName?: string
}

/** A link of fentry, fexit, fmod_ret, LSM or freplace. */
export interface TracingLinkInfo extends AttachTypeInfo {
  /** The kind of link. */
  readonly kind: 'tracing'
  /** The id of the BTF, or the program, that it is attached to. Linux 5.13. */
  readonly targetObjectId: number
  /** The id of the type in that BTF. Linux 5.13. */
  readonly targetBtfTypeId: number
}

/** A link of a cgroup. */
export interface CgroupLinkInfo extends AttachTypeInfo {
  /** The kind of link. */
  readonly kind: 'cgroup'
  /** The id of the cgroup: the inode number of its directory. */
  readonly cgroupId: bigint
}

/** A link of an iterator. */
export interface IterLinkInfo {
  /** The kind of link. */
  readonly kind: 'iter'
  /** What is iterated over: `task`, `bpf_map_elem`. */
  readonly target: string
  /** The id of the map. For `bpf_map_elem` and `bpf_sk_storage_map`. */
  readonly mapId?: number
  /** The id of the cgroup. For `cgroup`. */
  readonly cgroupId?: bigint
  /** The order: a number of enum bpf_cgroup_iter_order. For `cgroup`. */
  readonly order?: number
  /** The thread; 0 for all. For `task`, `task_file` and `task_vma`. */
  readonly tid?: number
  /** The process; 0 for all. For `task`, `task_file` and `task_vma`. */
  readonly pid?: number
}

/** A link of a network namespace. */
export interface NetnsLinkInfo extends AttachTypeInfo {
  /** The kind of link. */
  readonly kind: 'netns'
  /** The inode number of the namespace's file, `/proc/PID/ns/net`. */
  readonly netnsInode: number
}

/** A link of XDP. */
export interface XdpLinkInfo {
  /** The kind of link. */
  readonly kind: 'xdp'
  /** The index of the interface; 0 if the interface is gone or the link was detached. */
  readonly ifindex: number
}

/** A link of TCX or netkit. */
export interface InterfaceLinkInfo extends AttachTypeInfo {
  /** The kind of link. */
  readonly kind: 'tcx' | 'netkit'
  /** The index of the interface; 0 if it is gone or the link was detached. For netkit, the device of the side it is attached to. */
  readonly ifindex: number
}

/** A link of a sock map or sock hash. */
export interface SockmapLinkInfo extends AttachTypeInfo {
  /** The kind of link. */
  readonly kind: 'sockmap'
  /** The id of the sock map. */
  readonly mapId: number
}

/** A link of a struct_ops map. */
export interface StructOpsLinkInfo {
  /** The kind of link. */
  readonly kind: 'struct_ops'
  /** The id of the struct_ops map. */
  readonly mapId: number
}

/** A link of netfilter. */
export interface NetfilterLinkInfo {
  /** The kind of link. */
  readonly kind: 'netfilter'
  /** The protocol family: NFPROTO_*. */
  readonly protocolFamily: number
  /** The hook: NF_INET_*. */
  readonly hook: number
  /** The priority; lower runs earlier. */
  readonly priority: number
  /** The flags: BPF_F_NETFILTER_*. */
  readonly flags: number
}

/** A link to many kernel functions. Its fields are reported since Linux 6.6. The arrays are in the same order. */
export interface KprobeMultiLinkInfo {
  /** The kind of link. */
  readonly kind: 'kprobe_multi'
  /** The number of functions. */
  readonly count: number
  /** The flags: 1 for return probes. */
  readonly flags: number
  /** The number of runs that were skipped because the program was already running. Linux 6.7. */
  readonly missed: bigint
  /** The addresses of the functions; zeros if the kernel hides them. */
  readonly addresses: bigint[]
  /** The cookie of each function. Linux 6.9. */
  readonly cookies: bigint[]
}

/** A link to many functions of a program or a library. Its fields are reported since Linux 6.8. The arrays are in the same order. */
export interface UprobeMultiLinkInfo {
  /** The kind of link. */
  readonly kind: 'uprobe_multi'
  /** The path of the file. */
  readonly path: string
  /** The number of probes. */
  readonly count: number
  /** The flags: 1 for return probes. */
  readonly flags: number
  /** The process; 0 for all processes. */
  readonly pid: number
  /** The offset of each probe, in bytes from the start of the file. */
  readonly offsets: bigint[]
  /** The offset of each probe's USDT semaphore in the file; 0 for none. */
  readonly refCtrOffsets: bigint[]
  /** The cookie of each probe. */
  readonly cookies: bigint[]
}

/** A link of a kprobe, uprobe, tracepoint or perf event. Linux 6.6 reports which; on older kernels `event` is undefined. */
export type PerfEventLinkInfo = {
  /** The kind of link. */
  readonly kind: 'perf_event'
  /** A number of enum bpf_perf_event_type. */
  readonly eventType: number
} & (
  | ({
      /** What the link is attached to. */
      readonly event: 'uprobe' | 'uretprobe'
      /** The path of the file. */
      readonly path: string
      /** The offset in bytes from the start of the file. */
      readonly offset: number
    } & CookieInfo)
  | ({
      /** What the link is attached to. */
      readonly event: 'kprobe' | 'kretprobe'
      /** The name of the kernel function. */
      readonly function: string
      /** The offset in bytes from the start of the function. */
      readonly offset: number
      /** The address; 0 if the kernel hides it. */
      readonly address: bigint
      /** The number of runs that were skipped because the program was already running. Linux 6.7. */
      readonly missed: bigint
    } & CookieInfo)
  | ({
      /** What the link is attached to. */
      readonly event: 'tracepoint'
      /** The name of the tracepoint. */
      readonly tracepoint: string
    } & CookieInfo)
  | ({
      /** What the link is attached to. */
      readonly event: 'event'
      /** The type of the event: PERF_TYPE_*. */
      readonly perfType: number
      /** The event of that type: `config` of `struct perf_event_attr`. */
      readonly config: bigint
    } & CookieInfo)
  | { readonly event?: undefined }
)

/** The field of links that have a cookie. */
export interface CookieInfo {
  /** The value that `bpf_get_attach_cookie` returns. Linux 6.9. */
  readonly cookie: bigint
}

/** A link of a type newer than this package. */
export interface UnknownLinkInfo {
  /** The kind of link. */
  readonly kind: 'unknown'
}
