import type { ErrorFields } from '../errors.js'
import type { NativeInterface, NativeNetns } from './attach-options.js'
import type { NativeNetlink, NativePerfBuffer, NativeRingBuffer, NativeUserRingBuffer } from './binding/events.js'
import type {
  NativeHook,
  NativeHookAttachment,
  NativeHookPrograms,
  NativeHookRequest,
  NativeInterfacePackets,
  NativeIterator,
  NativeLink,
  NativeLinkInfo,
} from './binding/link.js'
import type { NativeMap, NativeMapMemory } from './binding/map.js'
import type { NativeObject, NativeOpenOptions } from './binding/object.js'
import type { NativeProgramInfo, NativeRunOptions, NativeRunResult } from './binding/program.js'
import type { NativeDescriptor, NativeInfos } from './binding/system.js'
import { createError } from './create-error.js'
import { loadAddon, otherRelease } from './load-addon.js'
import { type SystemCall, tryCallsBy } from './refused-calls.js'
import { withoutLibuv } from './without-libuv.js'

/**
 * The only module that touches the `.node` file, when something of it is first used: the package can be imported where there is none.
 * What follows is the addon's whole surface: thin classes over libbpf, which validate what could crash the process and leave
 * everything else to TypeScript.
 *
 * Every failure of a call below is thrown (or rejected) as the error that `createError` makes of its fields.
 */

export type * from './binding/events.js'
export type * from './binding/link.js'
export type * from './binding/map.js'
export type * from './binding/object.js'
export type * from './binding/program.js'
export type * from './binding/system.js'

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
  queryPrograms(hook: NativeHook): NativeHookPrograms
  /** One of each mode at most. ENODEV without the interface. */
  queryXdp(options: NativeInterface): { id: number; mode: 'native' | 'generic' | 'hardware' }[]
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
  /** Both take a program's descriptor, else they throw EINVAL, and the name that errors call it by. */
  programInfo(fd: number, name: string, options: { readonly instructions?: boolean }): NativeProgramInfo
  /** BPF_PROG_TEST_RUN */
  runProgram(fd: number, name: string, options: NativeRunOptions): NativeRunResult
  /** What is in a program's stream, 1 or 2, which that empties: 100,000 bytes at most. */
  readProgramStream(fd: number, stream: number): Uint8Array
  associateStructOps(programFd: number, mapFd: number): void
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
  /** Whether the process is refused the call whatever it asks, as by a seccomp filter. Of one that it has made before only. */
  isRefused(call: SystemCall): boolean
  /** Nanoseconds of CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME at the same time. */
  clocks(): { wall: bigint; monotonic: bigint; boot: bigint }
  /** Throws ENODEV for a name that is not there. */
  interfaceIndex(name: string, options: NativeNetns): number
  /**
   * The path of the directory of a cgroup v2, with the mount; undefined when it is gone. EPERM without CAP_DAC_READ_SEARCH. ` (deleted)` at
   * its end where it is being removed.
   */
  cgroupPath(mount: string, id: number): string | undefined
  /**
   * Attaches on the thread pool by TCX or clsact, with what the interface had counted right before and after. A filter of clsact is marked
   * as this process's, and those of processes that are gone are removed.
   */
  attachHook(program: number, options: NativeHookRequest): Promise<NativeHookAttachment>
  /**
   * Detaches on the thread pool, one after the other, and closes the handles at once. Waits for it, at most `patience` milliseconds; the
   * promise resolves when all is done, with the error of each that is still attached and whose handle is open again.
   */
  detachLinks(links: readonly NativeLink[], patience: number): Promise<(Error | undefined)[]>
  /**
   * Whether each is still attached: false once somebody else has detached it. On the thread pool, and of the first of them only, as many as
   * 100 ms are enough for.
   */
  whichAttached(links: readonly NativeLink[]): Promise<boolean[]>
  /** The messages of rtnetlink about all interfaces of a namespace. On the thread pool: the kernel may let whoever asks wait. */
  dumpInterfaces(options: NativeNetns): Promise<Uint8Array>
  /** What an interface has counted since it was made; undefined when it is gone. On the thread pool. */
  interfacePackets(options: NativeInterface): Promise<NativeInterfacePackets | undefined>
  /** `groups`: a bit for each RTNLGRP_* to join, RTNLGRP_LINK being bit 0. */
  openNetlink(options: NativeNetns & { readonly groups?: number }): NativeNetlink
}

/** Before the first use: an empty object whose prototype fills it. After it the addon's functions are its own, found without a detour. */
export const binding: Binding = Object.create(
  new Proxy(Object.create(null), {
    get(_, name) {
      const addon = loadAddon() as Binding
      addon.setErrorFactory(createError)
      tryCallsBy((call) => addon.isRefused(call))
      Object.assign(binding, addon, withoutLibuv(process.versions))
      if (Object.hasOwn(binding, name)) return binding[name as keyof Binding]
      if (typeof name === 'string') throw otherRelease(name)
      return undefined
    },
  }),
)
