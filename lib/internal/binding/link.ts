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

/** An attachment of a program. If it is not a link in the kernel, `update`, `pin` and `unpin` throw ENOTSUP. */
export interface NativeLink {
  /** -1 if it is not a link in the kernel, and for USDT, which has several links. */
  readonly fd: number
  readonly pinPath: string | undefined
  /** Both are descriptors of programs. EPERM if the link's program is not the expected one. */
  update(program: number, expected: number | undefined): void
  detach(): void
  /** Closes the handle but leaves the program attached: the descriptor of a link stays open, unless the link is pinned. */
  disconnect(): void
  pin(path: string): void
  unpin(): void
  /** Detaches, unless something else (a pin, another descriptor) holds the link. Idempotent. */
  close(): void
}

/** `struct bpf_link_info`: the fields of all links, and those that `lib/link/info.ts` lists for its kind. */
export interface NativeLinkInfo {
  readonly id: number
  /** BPF_LINK_TYPE_*, as a number. */
  readonly type: number
  readonly programId: number
  readonly kind: string
}

/** What programs are attached to: one of a cgroup, an interface and a map's descriptor; without them, a network namespace. */
export interface NativeHook extends NativeNetns {
  /** As `libbpf_bpf_attach_type_str` spells it: `tcx_ingress`. */
  readonly attachType: string
  readonly cgroup?: NativeCgroup
  readonly ifindex?: number
  readonly map?: number
  /** Includes the programs that a cgroup inherits; the kernel then reports no links. */
  readonly effective?: boolean
}

/** A hook's programs, in the order in which they run. */
export interface NativeHookPrograms {
  /** Link ids are only known for TCX and netkit. */
  readonly programs: { readonly id: number; readonly linkId?: number }[]
  /** For TCX and netkit, and for cgroups since Linux 6.17. */
  readonly revision?: bigint
}

export interface NativeHookRequest extends NativeInterface {
  readonly kind: 'tcx' | 'clsact'
  readonly direction: 'ingress' | 'egress'
  /** The program's name, for messages. */
  readonly name: string
}

export interface NativeHookAttachment {
  readonly link: NativeLink
  readonly before: NativeInterfacePackets | undefined
  readonly after: NativeInterfacePackets | undefined
}

export interface NativeInterfacePackets {
  readonly received: number
  readonly sent: number
}

/** One run of an iterator's link. */
export interface NativeIterator {
  /** Reads the next bytes, at most 8 pages; empty at the end. On the thread pool. */
  read(): Promise<Uint8Array>
  /** A read in progress still completes. */
  close(): void
}
