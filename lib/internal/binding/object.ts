import type { NativeLink } from './link.js'
import type { NativeMap } from './map.js'
import type { NativeProgram } from './program.js'

export interface NativeProgramDescription {
  readonly name: string
  /** The ELF section, such as `kprobe/tcp_v4_connect`. */
  readonly section: string
  /** BPF_PROG_TYPE_*, as a number. */
  readonly type: number
  readonly expectedAttachType: number
  readonly autoload: boolean
  readonly autoattach: boolean
  /** The BPF_F_* flags of BPF_PROG_LOAD. */
  readonly flags: number
  readonly logLevel: number
}

/** Each given setting is applied with libbpf's setter of that name. */
export interface NativeProgramSettings {
  readonly autoattach?: boolean
  readonly type?: number
  readonly expectedAttachType?: number
  readonly flags?: number
  readonly logLevel?: number
  readonly ifindex?: number
}

/** What libbpf knows about every map, including inner maps. */
export interface NativeInnerMapDescription {
  readonly name: string
  /** BPF_MAP_TYPE_*, as a number. */
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  readonly flags: number
  /** Ids in the object's BTF; 0 if the map has none. */
  readonly btfKeyTypeId: number
  readonly btfValueTypeId: number
  /** True for `.rodata`, `.data`, `.bss` and their named variants. */
  readonly internal: boolean
  /** Whether the map is created and, if it is a struct_ops map, attached with the whole object. */
  readonly autoattach: boolean
}

export interface NativeMapDescription extends NativeInnerMapDescription {
  readonly autocreate: boolean
  readonly numaNode: number
  readonly ifindex: number
  /** `map_extra`: the number of hash functions of a bloom filter, or the address of an arena. */
  readonly extra: bigint
  /** The path that the map is pinned to on load, or reused from. */
  readonly pinPath?: string
  /** The template for the inner maps of an array or hash of maps. */
  readonly inner?: NativeInnerMapDescription
}

/** Each given setting is applied with libbpf's setter of that name; one that would crash libbpf throws EINVAL. */
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
  /** Null: the map is neither pinned nor reused. */
  readonly pinPath?: string | null
}

/** The severity of a message from libbpf. */
export type LogLevel = 'warn' | 'info' | 'debug'

export interface NativeOpenOptions {
  /** The name of an object opened from memory; also a prefix of the names of its internal maps. */
  readonly name?: string
  /** The path of a BTF file to relocate against instead of `/sys/kernel/btf/vmlinux`. */
  readonly kernelBtf?: string
  /** The directory on a bpffs where maps that are pinned by name are pinned to and reused from. */
  readonly pinRoot?: string
  /** The verifier's log level: 0 logs only failures, 1 and 2 always log, 4 logs statistics. */
  readonly logLevel?: number
  /** Lines of a kernel configuration, such as `CONFIG_HZ=250`, which take precedence over the kernel's own. */
  readonly kconfig?: string
  /** Ignores attributes of maps that libbpf does not know. */
  readonly relaxedMaps?: boolean
  /** The bpffs to create a BPF token from; empty for no token. */
  readonly tokenPath?: string
  /** Called on this thread with what libbpf logged during a call, before the call returns. */
  readonly onLog?: (level: LogLevel, message: string) => void
}

/** A syscall program that creates an object's maps and loads its programs. */
export interface NativeLoader {
  readonly instructions: Uint8Array
  /** What the loader reads and writes: the attributes of its system calls, and the object's programs and globals. */
  readonly data: Uint8Array
  /** The programs that it loads, in order. */
  readonly programs: string[]
}

export interface NativeLoaderRun {
  readonly instructions: Uint8Array
  readonly data: Uint8Array
  /** The indices of the programs that it loads, in order. */
  readonly programs: readonly number[]
  /** PKCS#7, DER; the loader is unsigned if this is undefined or empty. */
  readonly signature?: Uint8Array
  /** A serial number, KEY_SPEC_*, or 0, 1 or 2 for the kernel's own keyrings. */
  readonly keyring?: number
  readonly logLevel?: number
}

/** A `bpf_object *`. Programs and maps are identified by their index in `programs()` and `maps()`. */
export interface NativeObject {
  programs(): NativeProgramDescription[]
  maps(): NativeMapDescription[]
  /** A copy of the object's BTF, with fixed-up data sections; undefined if it has none. */
  btf(): Uint8Array | undefined
  setAutoload(program: number, on: boolean): void
  setMaxEntries(map: number, maxEntries: number): void
  setMap(map: number, settings: NativeMapSettings): void
  /** Type and sizes must be the same, otherwise EINVAL. The descriptor is duplicated. */
  reuseMap(map: number, fd: number): void
  /** Only once, and only for a map of maps. The descriptor is duplicated. */
  setInnerMap(map: number, fd: number): void
  setProgram(program: number, settings: NativeProgramSettings): void
  /** A kernel function by name, or a function of another program, which has the descriptor `fd`. */
  setAttachTarget(program: number, target: { function?: string; fd?: number }): void
  /** Reads bytes of an internal map: the initial image before load, the live memory after it. */
  readGlobal(map: number, offset: number, length: number): Uint8Array
  /** Fails after load for a map that is read-only in the kernel. */
  writeGlobal(map: number, offset: number, bytes: Uint8Array): void
  /** Creates the maps on the thread pool; `load` then loads the programs. Until it settles, all methods except `close` throw EBUSY. */
  prepare(): Promise<void>
  /** Loads on the thread pool. Until it settles, all methods except `close` throw EBUSY. */
  load(): Promise<void>
  loadSync(): void
  /** On the thread pool. Afterwards the object is closed. */
  generateLoader(hash: boolean): Promise<NativeLoader>
  /** Instead of `load`, on the thread pool. */
  runLoader(loader: NativeLoaderRun): Promise<void>
  /** A handle with its own descriptor; only after `prepare` or `load` has created the map. */
  map(index: number): NativeMap
  program(index: number): NativeProgram
  /** Registers a struct_ops map with the kernel. */
  attachStructOps(map: number): NativeLink
  /** Replaces a link's struct_ops map with another one; EINVAL if it is not a struct_ops link. */
  updateStructOps(link: NativeLink, map: number): void
  close(): void
}
