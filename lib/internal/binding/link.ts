import type { NativeCgroup, NativeNetns } from '../attach-options.js'

/** What a program is attached by. On what is no link to the kernel, `update`, `pin` and `unpin` throw ENOTSUP. */
export interface NativeLink {
  /** -1 for what is no link to the kernel, and for USDT, which is several. */
  readonly fd: number
  readonly pinPath: string | undefined
  /** Both are descriptors of programs. EPERM when the link's program is not the expected one. */
  update(program: number, expected: number | undefined): void
  detach(): void
  /** Closes the handle and leaves the program attached: the descriptor of a link stays open, unless it is pinned. */
  disconnect(): void
  pin(path: string): void
  unpin(): void
  /** Detaches when nothing else (a pin, another descriptor) holds the link. Idempotent. */
  close(): void
}

/** What the kernel says of a link, `struct bpf_link_info`: what every link has, and the fields of its kind. */
export interface NativeLinkInfo {
  readonly id: number
  /** BPF_LINK_TYPE_*, as a number. */
  readonly type: number
  /** As libbpf and bpftool name it; `unknown` for one that is newer. */
  readonly kind: string
  readonly programId: number
  /** BPF_* of enum bpf_attach_type, and its name: tracing, cgroup, netns, tcx, netkit, sockmap. */
  readonly attachType?: number
  readonly attachTypeName?: string
  /** raw_tracepoint, and perf_event of a tracepoint. */
  readonly tracepoint?: string
  /** tracing: the BTF, or the program, and the type in it. */
  readonly targetObjectId?: number
  readonly targetBtfTypeId?: number
  /** cgroup, iter */
  readonly cgroupId?: bigint
  /** iter */
  readonly target?: string
  readonly order?: number
  readonly tid?: number
  /** iter, uprobe_multi */
  readonly pid?: number
  /** iter, struct_ops, sockmap */
  readonly mapId?: number
  /** netns */
  readonly netnsInode?: number
  /** xdp, tcx, netkit; 0 when the interface is gone. */
  readonly ifindex?: number
  /** netfilter */
  readonly protocolFamily?: number
  readonly hook?: number
  readonly priority?: number
  /** netfilter, kprobe_multi, uprobe_multi */
  readonly flags?: number
  /** kprobe_multi, uprobe_multi: how many places, and their lists, in the same order. */
  readonly count?: number
  readonly addresses?: bigint[]
  readonly offsets?: bigint[]
  readonly refCtrOffsets?: bigint[]
  readonly cookies?: bigint[]
  /** kprobe_multi, perf_event of a kprobe: runs left out. */
  readonly missed?: bigint
  /** perf_event: enum bpf_perf_event_type, and its name. */
  readonly eventType?: number
  readonly event?: 'uprobe' | 'uretprobe' | 'kprobe' | 'kretprobe' | 'tracepoint' | 'event'
  /** perf_event of a uprobe, uprobe_multi */
  readonly path?: string
  readonly function?: string
  readonly offset?: number
  readonly address?: bigint
  readonly cookie?: bigint
  readonly config?: bigint
  readonly perfType?: number
}

/** What programs are attached to: one of a cgroup, an interface, a map's descriptor; else a network namespace. */
export interface NativeHook extends NativeNetns {
  /** As `libbpf_bpf_attach_type_str` spells it, `tcx_ingress`. */
  readonly attachType: string
  readonly cgroup?: NativeCgroup
  readonly ifindex?: number
  readonly map?: number
  /** With what a cgroup inherits; the kernel then tells no link. */
  readonly effective?: boolean
}

/** One walk of an iterator's link. */
export interface NativeIterator {
  /** What comes next, at most 8 pages; empty at the end. Reads on the thread pool. */
  read(): Promise<Uint8Array>
  /** A read that is under way still ends. */
  close(): void
}
