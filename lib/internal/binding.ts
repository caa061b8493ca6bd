import { createRequire } from 'node:module'
import type { ErrorFields } from '../errors.js'
import { createError } from './create-error.js'
import { packageRoot } from './package-root.js'

/**
 * The only module that touches the `.node` file. What follows is the addon's whole surface: thin classes over libbpf,
 * which validate what could crash the process and leave everything else to TypeScript.
 *
 * Every failure of a call below is thrown (or rejected) as the error that `createError` makes of its fields.
 */

/** Where in the kernel to attach: a network namespace other than the caller's, by the path of its file. */
export interface NativeNetns {
  /** `/run/netns/NAME` or `/proc/PID/ns/net`. The call is made on a short-lived thread inside it. */
  readonly netns?: string
}

export interface NativeProgramDescription {
  readonly name: string
  /** The ELF section, `kprobe/tcp_v4_connect`. */
  readonly section: string
  /** BPF_PROG_TYPE_*, as a number. */
  readonly type: number
  readonly expectedAttachType: number
  readonly autoload: boolean
}

export interface NativeMapDescription {
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
  /** The template of an array or hash of maps. */
  readonly inner?: Omit<NativeMapDescription, 'inner'>
}

export interface NativeOpenOptions {
  /** Name for an object opened from memory; a prefix of its internal maps' names. */
  readonly name?: string
  /** Path of a BTF file to relocate against instead of `/sys/kernel/btf/vmlinux`. */
  readonly kernelBtf?: string
  /** Directory on a bpffs that pinned-by-name maps are pinned to and reused from. */
  readonly pinRoot?: string
  /** The verifier's log level: 0 logs only on failure, 1 and 2 always, 4 statistics. */
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
  /** What libbpf said since the last call, and clears it. */
  takeLog(): string
  close(): void
}

export interface NativeTcOptions extends NativeNetns {
  readonly ifindex: number
  readonly direction: 'ingress' | 'egress'
}

export interface NativeTcxOptions extends NativeTcOptions {
  /** Place before or after every program of the hook; default: after all. */
  readonly anchor?: 'first' | 'last'
}

/** A `bpf_program *` of a loaded object. Using it after the object closed throws EBADF. */
export interface NativeProgram {
  readonly fd: number
  /** `bpf_program__attach`: by the SEC name. */
  attach(): NativeLink
  attachKprobe(options: { symbol: string; offset?: number; retprobe?: boolean; cookie?: bigint }): NativeLink
  attachTracepoint(options: { category: string; name: string; cookie?: bigint }): NativeLink
  attachRawTracepoint(options: { name: string; cookie?: bigint }): NativeLink
  attachTcx(options: NativeTcxOptions): NativeLink
  /**
   * A filter on clsact, which is made if it is not there and never deleted: a filter of somebody else may have joined it.
   * `priority` 0 lets the kernel choose.
   */
  attachClsact(options: NativeTcOptions & { priority?: number; handle?: number }): NativeLink
  /** `BPF_PROG_TEST_RUN` */
  run(options: { data?: Uint8Array; context?: Uint8Array; repeat?: number; dataOutSize?: number }): {
    returnValue: number
    /** Mean nanoseconds of a run. */
    duration: number
    data: Uint8Array
    context: Uint8Array
  }
  info(): {
    id: number
    type: number
    name: string
    tag: string
    loadTime: bigint
    mapIds: number[]
    runTime: bigint
    runCount: bigint
    verifiedInstructions: number
  }
  close(): void
}

export interface NativeLink {
  /** -1 for a clsact filter, which has none. */
  readonly fd: number
  /** Detaches when nothing else (a pin, another descriptor) holds the link. Idempotent. */
  close(): void
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
  pin(path: string): void
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

export interface Binding {
  readonly libbpfVersion: string
  setErrorFactory(create: (fields: ErrorFields) => Error): void
  openObject(source: string | Uint8Array, options: NativeOpenOptions): NativeObject
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
  /** The lowest id above `after`; undefined when there is none. */
  nextMapId(after: number): number | undefined
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
  /** A descriptor of a process, which the caller closes. */
  openPidfd(pid: number): number
  possibleCpus(): number
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
