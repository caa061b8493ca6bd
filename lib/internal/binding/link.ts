import type { NativeCgroup, NativeInterface, NativeNetns } from '../attach-options.js'

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

/** `struct bpf_link_info`: what every link has, and what `lib/link/info.ts` lists for its kind. */
export interface NativeLinkInfo {
  readonly id: number
  /** BPF_LINK_TYPE_*, as a number. */
  readonly type: number
  readonly programId: number
  readonly kind: string
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

/** In the order in which they run. */
export interface NativeHookPrograms {
  /** Link ids only of TCX and netkit. */
  readonly programs: { readonly id: number; readonly linkId?: number }[]
  /** Of TCX and netkit, and of cgroups since Linux 6.17. */
  readonly revision?: bigint
}

export interface NativeHookRequest extends NativeInterface {
  readonly kind: 'tcx' | 'clsact'
  readonly direction: 'ingress' | 'egress'
  /** The program's, for messages. */
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

/** One walk of an iterator's link. */
export interface NativeIterator {
  /** What comes next, at most 8 pages; empty at the end. Reads on the thread pool. */
  read(): Promise<Uint8Array>
  /** A read that is under way still ends. */
  close(): void
}
