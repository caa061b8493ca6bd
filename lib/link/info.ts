/** What the kernel says of a link, `struct bpf_link_info`: what every link has, and by its `kind` what its kind has. */
export type LinkInfo = AnyLinkInfo & KindOfLinkInfo

export interface AnyLinkInfo {
  readonly id: number
  /** BPF_LINK_TYPE_*, as a number. */
  readonly type: number
  readonly programId: number
}

/** `kind` as libbpf and bpftool name it. A field that the running kernel does not tell yet is 0 or empty. */
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

/** Also of tp_btf. */
export interface RawTracepointLinkInfo {
  readonly kind: 'raw_tracepoint'
  readonly tracepoint: string
}

export interface AttachTypeInfo {
  /** BPF_* of enum bpf_attach_type. */
  readonly attachType: number
  /** As libbpf spells it, `cgroup_inet4_connect`; undefined for one that is newer. */
  readonly attachTypeName?: string
}

/** Of fentry, fexit, fmod_ret, LSM and freplace. */
export interface TracingLinkInfo extends AttachTypeInfo {
  readonly kind: 'tracing'
  /** The BTF, or the program, that it is attached to, and the type in it. Linux 5.13. */
  readonly targetObjectId: number
  readonly targetBtfTypeId: number
}

export interface CgroupLinkInfo extends AttachTypeInfo {
  readonly kind: 'cgroup'
  /** As `stat` numbers the cgroup's directory. */
  readonly cgroupId: bigint
}

export interface IterLinkInfo {
  readonly kind: 'iter'
  /** `task`, `bpf_map_elem` */
  readonly target: string
  /** Of `bpf_map_elem` and `bpf_sk_storage_map`. */
  readonly mapId?: number
  /** Of `cgroup`; the order is of enum bpf_cgroup_iter_order. */
  readonly cgroupId?: bigint
  readonly order?: number
  /** Of `task`, `task_file` and `task_vma`; 0 for all. */
  readonly tid?: number
  readonly pid?: number
}

export interface NetnsLinkInfo extends AttachTypeInfo {
  readonly kind: 'netns'
  /** Of the namespace's file, `/proc/PID/ns/net`. */
  readonly netnsInode: number
}

export interface XdpLinkInfo {
  readonly kind: 'xdp'
  /** 0 when the interface is gone, or the link was detached. */
  readonly ifindex: number
}

export interface InterfaceLinkInfo extends AttachTypeInfo {
  readonly kind: 'tcx' | 'netkit'
  /** Of netkit the device of the side that it is attached to. 0 when the interface is gone, or the link was detached. */
  readonly ifindex: number
}

export interface SockmapLinkInfo extends AttachTypeInfo {
  readonly kind: 'sockmap'
  readonly mapId: number
}

export interface StructOpsLinkInfo {
  readonly kind: 'struct_ops'
  readonly mapId: number
}

export interface NetfilterLinkInfo {
  readonly kind: 'netfilter'
  /** NFPROTO_* */
  readonly protocolFamily: number
  /** NF_INET_* */
  readonly hook: number
  readonly priority: number
  readonly flags: number
}

/** Linux 6.6. The lists are in the same order. */
export interface KprobeMultiLinkInfo {
  readonly kind: 'kprobe_multi'
  /** How many functions. */
  readonly count: number
  /** 1 for return probes. */
  readonly flags: number
  /** Runs left out because the program was running already. Linux 6.7. */
  readonly missed: bigint
  /** Zeros where the kernel hides its addresses. */
  readonly addresses: bigint[]
  /** Linux 6.9. */
  readonly cookies: bigint[]
}

/** Linux 6.8. The lists are in the same order. */
export interface UprobeMultiLinkInfo {
  readonly kind: 'uprobe_multi'
  readonly path: string
  /** How many places. */
  readonly count: number
  /** 1 for return probes. */
  readonly flags: number
  /** 0 for all processes. */
  readonly pid: number
  /** Bytes from the start of the file. */
  readonly offsets: bigint[]
  readonly refCtrOffsets: bigint[]
  readonly cookies: bigint[]
}

/** A kprobe, uprobe, tracepoint or perf event. Linux 6.6 tells which, older ones leave `event` undefined. */
export type PerfEventLinkInfo = {
  readonly kind: 'perf_event'
  /** Of enum bpf_perf_event_type. */
  readonly eventType: number
} & (
  | ({
      readonly event: 'uprobe' | 'uretprobe'
      readonly path: string
      /** Bytes from the start of the file. */
      readonly offset: number
    } & CookieInfo)
  | ({
      readonly event: 'kprobe' | 'kretprobe'
      readonly function: string
      /** Bytes from the start of the function. */
      readonly offset: number
      /** 0 where the kernel hides its addresses. */
      readonly address: bigint
      /** Runs left out because the program was running already. Linux 6.7. */
      readonly missed: bigint
    } & CookieInfo)
  | ({ readonly event: 'tracepoint'; readonly tracepoint: string } & CookieInfo)
  | ({
      readonly event: 'event'
      /** PERF_TYPE_* and what it counts of that. */
      readonly perfType: number
      readonly config: bigint
    } & CookieInfo)
  | { readonly event?: undefined }
)

export interface CookieInfo {
  /** What `bpf_get_attach_cookie` returns. Linux 6.9. */
  readonly cookie: bigint
}

/** A link of a type that is newer than this package. */
export interface UnknownLinkInfo {
  readonly kind: 'unknown'
}
