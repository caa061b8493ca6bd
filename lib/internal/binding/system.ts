import type { NativeLinkInfo } from './link.js'
import type { BpfMapInfo } from './map.js'
import type { BpfProgInfo } from './program.js'

/** Something in the kernel that lives as long as this descriptor. */
export interface NativeDescriptor {
  readonly fd: number
  close(): void
}

/** What the kernel reports about a BTF, `struct bpf_btf_info`: its own (`vmlinux`), a module's or a program's. */
export interface BtfInfo {
  /** The kernel's id of the BTF, valid as long as the BTF exists. */
  readonly id: number
  /** `vmlinux`, a module's name, or empty for a program's. */
  readonly name: string
  /** The size in bytes. */
  readonly size: number
  /** Whether it is the kernel's own BTF or a module's. */
  readonly kernel: boolean
}

export interface NativeInfos {
  readonly program: BpfProgInfo
  readonly map: BpfMapInfo
  readonly link: NativeLinkInfo
  readonly btf: BtfInfo
}
