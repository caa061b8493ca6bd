import { createRequire } from 'node:module'
import type { ErrorFields } from '../errors.js'
import type { NativeAttachOptions, NativeCgroup, NativeNetns } from './attach-options.js'
import { createError } from './create-error.js'
import { packageRoot } from './package-root.js'

/**
 * The only module that touches the `.node` file. What follows is the addon's whole surface: thin classes over libbpf,
 * which validate what could crash the process and leave everything else to TypeScript.
 *
 * Every failure of a call below is thrown (or rejected) as the error that `createError` makes of its fields.
 */

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
  /** Loads on the thread pool. Until it settles every other method but `close` throws EBUSY. */
  load(): Promise<void>
  loadSync(): void
  /** A handle of its own descriptor; only after load. */
  map(index: number): NativeMap
  program(index: number): NativeProgram
  /** Has the kernel use a struct_ops map. */
  attachStructOps(map: number): NativeLink
  /** Puts another struct_ops map in the place of a link's; EINVAL for a link of something else. */
  updateStructOps(link: NativeLink, map: number): void
  /** What libbpf said since the last call, and clears it. */
  takeLog(): string
  close(): void
}

/** A `bpf_program *` of a loaded object. Using it after the object closed throws EBADF. */
export interface NativeProgram {
  readonly fd: number
  attach<K extends keyof NativeAttachOptions>(kind: K, options: NativeAttachOptions[K]): NativeLink
  /** `BPF_PROG_TEST_RUN` */
  run(options: NativeRunOptions): NativeRunResult
  info(options: { readonly instructions?: boolean }): NativeProgramInfo
  close(): void
}

export interface NativeRunOptions {
  readonly data?: Uint8Array
  readonly context?: Uint8Array
  readonly repeat?: number
  readonly dataOutSize?: number
  /** BPF_F_TEST_* beside those that the following set. */
  readonly flags?: number
  readonly cpu?: number
  readonly liveFrames?: boolean
  readonly batchSize?: number
}

export interface NativeRunResult {
  readonly returnValue: number
  /** Mean nanoseconds of a run. */
  readonly duration: number
  readonly data: Uint8Array
  readonly context: Uint8Array
}

/** `struct bpf_prog_info`; what the kernel is too old for is 0. */
export interface NativeProgramInfo {
  readonly id: number
  /** BPF_PROG_TYPE_*, as a number. */
  readonly type: number
  /** The first 15 bytes of the C name. */
  readonly name: string
  /** SHA of its instructions, in hexadecimal. */
  readonly tag: string
  /** Nanoseconds since the kernel booted (CLOCK_BOOTTIME). */
  readonly loadTime: bigint
  readonly uid: number
  readonly gplCompatible: boolean
  readonly mapIds: number[]
  readonly btfId: number
  /** What a tracing program or an extension is attached to: the id of the BTF, 0 for the kernel's own, and the type's in it. */
  readonly attachBtfObjectId: number
  readonly attachBtfTypeId: number
  /** The device it is offloaded to; 0 for none. */
  readonly ifindex: number
  /** Bytes after the verifier's rewrites, and of machine code. */
  readonly xlatedSize: number
  readonly jitedSize: number
  readonly verifiedInstructions: number
  /** Nanoseconds, and how often it ran, while statistics were enabled. */
  readonly runTime: bigint
  readonly runCount: bigint
  /** Runs left out because the program was running already on that CPU. */
  readonly recursionMisses: bigint
  /** Only on request; empty where the kernel does not show them. */
  readonly xlated?: Uint8Array
  readonly jited?: Uint8Array
}

/** `struct bpf_map_info` */
export interface NativeKernelMapInfo {
  readonly id: number
  /** BPF_MAP_TYPE_*, as a number. */
  readonly type: number
  /** The first 15 bytes of the C name. */
  readonly name: string
  /** Bytes. */
  readonly keySize: number
  /** Bytes, of one CPU in a per-CPU map. */
  readonly valueSize: number
  /** Entries; of a ring buffer its bytes, of an arena its pages. */
  readonly maxEntries: number
  /** BPF_F_* of BPF_MAP_CREATE. */
  readonly flags: number
  readonly extra: bigint
  readonly ifindex: number
  readonly btfId: number
  readonly btfKeyTypeId: number
  readonly btfValueTypeId: number
  readonly btfVmlinuxValueTypeId: number
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

/** Something of the kernel's that lives as long as this descriptor. */
export interface NativeDescriptor {
  readonly fd: number
  close(): void
}

export interface NativeInfos {
  readonly program: NativeProgramInfo
  readonly map: NativeKernelMapInfo
  readonly link: NativeLinkInfo
  readonly btf: NativeBtfInfo
}

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

export interface NativeMapInfo {
  readonly id: number
  readonly name: string
  readonly type: number
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
  readonly flags: number
  /** `map_extra`: what it says depends on the type. */
  readonly extra: bigint
  /** The device that the map is offloaded to; 0 for none. */
  readonly ifindex: number
  /** The kernel's id of the BTF that the next two are types in; 0 for none. */
  readonly btfId: number
  readonly btfKeyTypeId: number
  readonly btfValueTypeId: number
  /** Bytes of one value as user space sees it: for per-CPU maps, the value rounded up to 8 times the possible CPUs. */
  readonly userValueSize: number
}

/**
 * A map's descriptor. Buffers must have exactly the sizes of `info`, else RangeError: the kernel would write past them.
 * A batch holds `keys.length / keySize` entries at most; `values` must hold as many.
 */
export interface NativeMap {
  readonly fd: number
  readonly info: NativeMapInfo
  /** False when the key is absent. */
  lookup(key: Uint8Array, value: Uint8Array, flags: number): boolean
  lookupAndDelete(key: Uint8Array, value: Uint8Array, flags: number): boolean
  update(key: Uint8Array, value: Uint8Array, flags: number): void
  /** On the thread pool: an update of a map of maps waits a grace period. */
  updateAsync(key: Uint8Array, value: Uint8Array, flags: number): Promise<void>
  delete(key: Uint8Array): boolean
  /** Writes the key after `key` (the first when undefined) to `next`; false at the end. */
  nextKey(key: Uint8Array | undefined, next: Uint8Array): boolean
  /**
   * One step of a batch walk. `cursor` (at least 8 and `keySize` bytes) holds the place between steps; `first` starts anew.
   * Returns the entries written and whether the walk is over. ENOSPC is thrown when a bucket is larger than the buffers.
   */
  lookupBatch(
    cursor: Uint8Array,
    first: boolean,
    keys: Uint8Array,
    values: Uint8Array,
    andDelete: boolean,
  ): { count: number; done: boolean }
  updateBatch(keys: Uint8Array, values: Uint8Array, count: number, flags: number): number
  deleteBatch(keys: Uint8Array, count: number): number
  freeze(): void
  close(): void
}

/** A map's values in this process. */
export interface NativeMapMemory {
  /**
   * The map's pages. Unless they were asked for as writable, writing to them would end the process, so they then never leave
   * this package. Detached (length 0) by `close`; the pages themselves stay until nobody uses the ArrayBuffer any more.
   */
  readonly data: ArrayBuffer
  close(): void
}

/** What an event loop can wait for. Waiting twice throws EBUSY. */
export interface NativeWaitable {
  /** Calls back once, from the event loop, with an errno or 0; keeps the loop alive meanwhile. */
  wait(onReady: (errno: number) => void): void
  /** Ends a wait without calling back. */
  cancel(): void
}

/** The rings of a perf event array, one for each CPU. */
export interface NativePerfBuffer extends NativeWaitable {
  /**
   * Moves raw samples of all rings to `to`, which has 65536 bytes at least, as long as they fit, and returns the bytes: each a
   * header of its length and its CPU, 4 bytes each, and the sample, padded to 8 bytes.
   *
   * A wait ends when a record is written *after* the event loop has begun it, which is not when `wait` returns: the
   * kernel forgets a wake-up once anybody has asked for it (perf_poll of kernel/events/core.c). Look at `empty` then.
   */
  read(to: Uint8Array): number
  empty(): boolean
  /** Records that each CPU could not write, as far as the kernel has said so by now. */
  lost(): { cpu: number; lost: bigint }[]
  close(): void
}

/** The producer's side of a user ring buffer. */
export interface NativeUserRingBuffer extends NativeWaitable {
  /** False when there is no room now. */
  write(record: Uint8Array): boolean
  /** A `wait` ends when a program drains the ring after this. */
  forget(): void
  close(): void
}

/** The consumer's side of one ring buffer map, mapped into this process. */
export interface NativeRingBuffer extends NativeWaitable {
  /**
   * The data pages, mapped twice in a row, so that no record is ever split: `2 * size` bytes. The mapping is read-only:
   * writing to it would end the process, so it never leaves this package. Detached (length 0) by `close`.
   */
  readonly data: ArrayBuffer
  /** Bytes of the ring, a power of two. */
  readonly size: number
  /**
   * Returns the committed bytes at the consumer's position, headers included, at most `limit` (0: no limit) but at least one
   * whole record where there is one. They begin at `data[offset]`. Records that are being written end the run.
   */
  acquire(limit: number): number
  /** Where the last `acquire` begins in `data`. */
  readonly offset: number
  /** Gives the first `bytes` of what was acquired back to the kernel. */
  release(bytes: number): void
  /** Positions as the kernel sees them: bytes produced and consumed since the ring was made. */
  positions(): { producer: bigint; consumer: bigint }
  close(): void
}

/** One walk of an iterator's link. */
export interface NativeIterator {
  /** What comes next, at most 8 pages; empty at the end. Reads on the thread pool. */
  read(): Promise<Uint8Array>
  /** A read that is under way still ends. */
  close(): void
}

export interface Binding {
  readonly libbpfVersion: string
  setErrorFactory(create: (fields: ErrorFields) => Error): void
  openObject(source: string | Uint8Array, options: NativeOpenOptions): NativeObject
  openLink(source: { readonly path: string } | { readonly id: number }): {
    link: NativeLink
    /** `tcx`, as libbpf spells the link's type. */
    type: string
    /** Empty when it has none, as after a detachment. */
    program: string
  }
  /** In the order in which they run. Link ids only of TCX and netkit, `revision` of cgroups too since Linux 6.17. */
  queryPrograms(hook: NativeHook): { programs: { id: number; linkId?: number }[]; revision?: bigint }
  createMap(options: {
    type: number
    name?: string
    keySize: number
    valueSize: number
    maxEntries: number
    /** BPF_F_* */
    flags?: number
    /** `map_extra` */
    extra?: bigint
    numaNode?: number
    ifindex?: number
    innerMapFd?: number
  }): NativeMap
  mapById(id: number): NativeMap
  /** `flags`: BPF_F_RDONLY or BPF_F_WRONLY for a descriptor that only reads or writes. */
  openPinnedMap(path: string, flags: number): NativeMap
  /** Of an array with BPF_F_MMAPABLE, or an arena. */
  mapMemory(map: NativeMap, writable: boolean): NativeMapMemory
  /** The bytes of a BTF that the kernel holds. */
  btfById(id: number): Uint8Array
  /** A ring of so many pages, a power of two, for each of `cpus`. A wait ends when `wakeupEvents` records were written. */
  openPerfBuffer(map: NativeMap, options: { pages: number; cpus: Uint32Array; wakeupEvents: number }): NativePerfBuffer
  openUserRingBuffer(map: NativeMap): NativeUserRingBuffer
  openRingBuffer(map: NativeMap): NativeRingBuffer
  /** Of the kinds that walk a network namespace: the one of `options`. */
  openIterator(link: NativeLink, options?: NativeNetns): NativeIterator
  /** A descriptor of a process, which the caller closes. */
  openPidfd(pid: number): number
  possibleCpus(): number
  /** The next id after `id`, 0 for the first; undefined after the last. */
  nextId(kind: keyof NativeInfos, id: number): number | undefined
  /** Throws ENOENT when there is none with that id. */
  infoById<K extends keyof NativeInfos>(kind: K, id: number): NativeInfos[K]
  /** Of a program's descriptor; another is refused with EINVAL. */
  programInfo(fd: number, options: { readonly instructions?: boolean }): NativeProgramInfo
  runProgram(fd: number, options: NativeRunOptions): NativeRunResult
  /** Of a link's descriptor; another is refused with EINVAL. */
  linkInfo(fd: number): NativeLinkInfo
  /** Pins a program, a map, a link or a BTF to a file that is not there yet, on a bpffs. */
  pinObject(fd: number, path: string): void
  openProgramById(id: number): NativeDescriptor
  openPinnedProgram(path: string): NativeDescriptor
  /** Run time and count of programs are kept while the descriptor is open. */
  enableStats(): NativeDescriptor
  /** libbpf's names, by number. */
  typeNames(): { program: string[]; map: string[]; attach: string[]; link: string[]; helper: string[] }
  /** False also when the process may not load it. Throws ENOTSUP for a type that libbpf does not know. */
  probeProgramType(type: number): boolean
  probeMapType(type: number): boolean
  probeHelper(program: number, helper: number): boolean
  /** The errno of an attempt that cannot last: nothing stays attached. */
  probeLink(kind: 'tcx' | 'netkit' | 'kprobe.multi' | 'uprobe.multi' | 'fentry' | 'tp_btf' | 'perf_event'): number
  /** Nanoseconds of CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME at the same time. */
  clocks(): { wall: bigint; monotonic: bigint; boot: bigint }
  /** Throws ENODEV for a name that is not there. */
  interfaceIndex(name: string, options: NativeNetns): number
  interfaces(options: NativeNetns): { name: string; index: number }[]
}

function load(): Binding {
  if (process.platform !== 'linux') {
    throw createError({
      code: 'ENOTSUP',
      errno: 95,
      operation: 'load the addon',
      message: `ebpf needs Linux: BPF is a part of its kernel, and this is ${process.platform}`,
    })
  }
  const root = packageRoot()
  try {
    const require = createRequire(`${root}/`)
    const binding = require('node-gyp-build')(root) as Binding
    binding.setErrorFactory(createError)
    return binding
  } catch (cause) {
    throw createError({
      code: 'ERR_DLOPEN_FAILED',
      errno: 0,
      operation: 'load the addon',
      message: `the native addon of ebpf could not be loaded: looked in ${root}/build/Release and ${root}/prebuilds/linux-${process.arch}. Build it with \`npm run build\` in that directory.`,
      cause,
    })
  }
}

export const binding: Binding = load()
