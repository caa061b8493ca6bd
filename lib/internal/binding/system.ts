import type { NativeLinkInfo } from './link.js'
import type { NativeMapInfo } from './map.js'
import type { NativeProgramInfo } from './program.js'

/** Something of the kernel's that lives as long as this descriptor. */
export interface NativeDescriptor {
  readonly fd: number
  close(): void
}

/** What the kernel says of a BTF, `struct bpf_btf_info`: its own (`vmlinux`), a module's or a program's. */
export interface NativeBtfInfo {
  readonly id: number
  /** `vmlinux`, a module's name, or empty for a program's. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly kernel: boolean
}

export interface NativeInfos {
  readonly program: NativeProgramInfo
  readonly map: NativeMapInfo
  readonly link: NativeLinkInfo
  readonly btf: NativeBtfInfo
}
