import type { NativeLink } from './link.js'
import type { NativeMap } from './map.js'
import type { NativeProgram } from './program.js'

export interface NativeProgramDescription {
  readonly name: string
  /** The ELF section, `kprobe/tcp_v4_connect`. */
  readonly section: string
  /** BPF_PROG_TYPE_*, as a number. */
  readonly type: number
  readonly expectedAttachType: number
  readonly autoload: boolean
  readonly autoattach: boolean
  /** BPF_F_* of BPF_PROG_LOAD. */
  readonly flags: number
  readonly logLevel: number
}

/** Each that is given is set by the setter of libbpf of its name. */
export interface NativeProgramSettings {
  readonly autoattach?: boolean
  readonly type?: number
  readonly expectedAttachType?: number
  readonly flags?: number
  readonly logLevel?: number
  readonly ifindex?: number
}

/** What libbpf has of every map, of an inner one too. */
export interface NativeInnerMapDescription {
  readonly name: string
  /** BPF_MAP_TYPE_*, as a number. */
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  readonly flags: number
  /** Ids in the object's BTF; 0 when the map has none. */
  readonly btfKeyTypeId: number
  readonly btfValueTypeId: number
  /** True for `.rodata`, `.data`, `.bss` and their named kin. */
  readonly internal: boolean
  /** Made, and attached with the whole object if it is of struct_ops. */
  readonly autoattach: boolean
}

export interface NativeMapDescription extends NativeInnerMapDescription {
  readonly autocreate: boolean
  readonly numaNode: number
  readonly ifindex: number
  /** `map_extra`: hash functions of a bloom filter, the address of an arena. */
  readonly extra: bigint
  /** Where it is pinned on load, or reused from. */
  readonly pinPath?: string
  /** The template of an array or hash of maps. */
  readonly inner?: NativeInnerMapDescription
}

/** Each that is given is set by the setter of libbpf of its name; what would crash libbpf is refused with EINVAL. */
export interface NativeMapSettings {
  readonly type?: number
  readonly keySize?: number
  readonly valueSize?: number
  readonly flags?: number
  readonly extra?: bigint
  readonly numaNode?: number
  readonly ifindex?: number
  readonly autocreate?: boolean
  /** The index of the only program that may use the map. */
  readonly exclusiveProgram?: number
  /** Null: neither pinned nor reused. */
  readonly pinPath?: string | null
}

export type NativeLogLevel = 'warn' | 'info' | 'debug'

export interface NativeOpenOptions {
  /** Name for an object opened from memory; a prefix of its internal maps' names. */
  readonly name?: string
  /** Path of a BTF file to relocate against instead of `/sys/kernel/btf/vmlinux`. */
  readonly kernelBtf?: string
  /** Directory on a bpffs that pinned-by-name maps are pinned to and reused from. */
  readonly pinRoot?: string
  /** The verifier's log level: 0 logs only on failure, 1 and 2 always, 4 statistics. */
  readonly logLevel?: number
  /** Lines of a kernel configuration, `CONFIG_HZ=250`, before the kernel's own. */
  readonly kconfig?: string
  /** Ignores attributes of maps that libbpf does not know. */
  readonly relaxedMaps?: boolean
  /** A bpffs to make a BPF token from; empty: from none. */
  readonly tokenPath?: string
  /** Called on this thread with what libbpf said during a call, before the call returns. */
  readonly onLog?: (level: NativeLogLevel, message: string) => void
}

/** A program of type syscall that creates an object's maps and loads its programs. */
export interface NativeLoader {
  readonly instructions: Uint8Array
  /** What it reads and writes: the attributes of its system calls, the object's programs and globals. */
  readonly data: Uint8Array
  /** The programs that it loads, in its order. */
  readonly programs: string[]
}

export interface NativeLoaderRun {
  readonly instructions: Uint8Array
  readonly data: Uint8Array
  /** Indices of the programs that it loads, in its order. */
  readonly programs: readonly number[]
  /** PKCS#7, DER; unsigned where it is undefined or empty. */
  readonly signature?: Uint8Array
  /** A serial number, KEY_SPEC_*, or 0, 1 and 2 for the kernel's own. */
  readonly keyring?: number
  readonly logLevel?: number
}

/** A `bpf_object *`. Programs and maps are named by their index in `programs()` and `maps()`. */
export interface NativeObject {
  programs(): NativeProgramDescription[]
  maps(): NativeMapDescription[]
  /** A copy of the object's BTF, data sections fixed up; undefined when it has none. */
  btf(): Uint8Array | undefined
  setAutoload(program: number, on: boolean): void
  setMaxEntries(map: number, maxEntries: number): void
  setMap(map: number, settings: NativeMapSettings): void
  /** Type and sizes must be the same, else EINVAL. The descriptor is duplicated. */
  reuseMap(map: number, fd: number): void
  /** Only once, and only of a map of maps. The descriptor is duplicated. */
  setInnerMap(map: number, fd: number): void
  setProgram(program: number, settings: NativeProgramSettings): void
  /** A kernel function by name, or of another program, of which `fd` is a descriptor. */
  setAttachTarget(program: number, target: { function?: string; fd?: number }): void
  /** Bytes of an internal map: the initial image before load, the live memory after it. */
  readGlobal(map: number, offset: number, length: number): Uint8Array
  /** Refused after load for a map that is read-only in the kernel. */
  writeGlobal(map: number, offset: number, bytes: Uint8Array): void
  /** Creates the maps on the thread pool; `load` then loads the programs. Until it settles every other method but `close` throws EBUSY. */
  prepare(): Promise<void>
  /** Loads on the thread pool. Until it settles every other method but `close` throws EBUSY. */
  load(): Promise<void>
  loadSync(): void
  /** On the thread pool. The object is closed then. */
  generateLoader(hash: boolean): Promise<NativeLoader>
  /** In place of `load`, on the thread pool. */
  runLoader(loader: NativeLoaderRun): Promise<void>
  /** A handle of its own descriptor; only once `prepare` or `load` has created it. */
  map(index: number): NativeMap
  program(index: number): NativeProgram
  /** Has the kernel use a struct_ops map. */
  attachStructOps(map: number): NativeLink
  /** Puts another struct_ops map in the place of a link's; EINVAL for a link of something else. */
  updateStructOps(link: NativeLink, map: number): void
  close(): void
}
