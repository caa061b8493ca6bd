import type { ErrorFields } from '../errors.js'
import type { NativeNetlink, NativePerfBuffer, NativeRingBuffer, NativeUserRingBuffer } from './binding/events.js'
import type {
  NativeHook,
  NativeHookAttachment,
  NativeHookPrograms,
  NativeHookRequest,
  NativeInterface,
  NativeInterfacePackets,
  NativeIterator,
  NativeLink,
  NativeLinkInfo,
  NativeNetns,
} from './binding/link.js'
import type { NativeMap, NativeMapMemory } from './binding/map.js'
import type { NativeObject, NativeOpenOptions } from './binding/object.js'
import type { BpfProgInfo, NativeRunOptions, NativeRunResult } from './binding/program.js'
import type { NativeDescriptor, NativeInfos } from './binding/system.js'
import { createError } from './create-error.js'
import { loadAddon, otherRelease } from './load-addon.js'
import { type SystemCall, tryCallsBy } from './refused-calls.js'
import { withoutLibuv } from './without-libuv.js'

/**
 * The only module that loads the `.node` file, on first use: the package can be imported even if there is no such file.
 * What follows is the whole API of the addon: thin classes over libbpf, which validate everything that could crash the process and leave
 * the rest to TypeScript.
 *
 * If a call below fails, it throws (or rejects with) the error that `createError` makes from its fields.
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
    /** The link's type as libbpf spells it, such as `tcx`. */
    type: string
    /** Empty if the link has no program, as after a detachment. */
    program: string
  }
  queryPrograms(hook: NativeHook): NativeHookPrograms
  /** At most one program per mode. ENODEV if there is no such interface. */
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
  /** `flags`: BPF_F_RDONLY or BPF_F_WRONLY for a descriptor that can only read or write. */
  openPinnedMap(path: string, flags: number): NativeMap
  /** For an array with BPF_F_MMAPABLE, or an arena. */
  mapMemory(map: NativeMap, writable: boolean): NativeMapMemory
  /** The bytes of a BTF that the kernel holds. */
  btfById(id: number): Uint8Array
  /** One ring per CPU in `cpus`, of `pages` pages, a power of two. A wait ends after `wakeupEvents` records were written. */
  openPerfBuffer(map: NativeMap, options: { pages: number; cpus: Uint32Array; wakeupEvents: number }): NativePerfBuffer
  openUserRingBuffer(map: NativeMap): NativeUserRingBuffer
  openRingBuffer(map: NativeMap): NativeRingBuffer
  /** `options` selects the namespace for iterators over a network namespace. */
  openIterator(link: NativeLink, options?: NativeNetns): NativeIterator
  /** A descriptor of a process, which the caller closes. */
  openPidfd(pid: number): number
  possibleCpus(): number
  /** The next id after `id`; 0 returns the first id; undefined after the last. */
  nextId(kind: keyof NativeInfos, id: number): number | undefined
  /** Throws ENOENT if the id does not exist. */
  infoById<K extends keyof NativeInfos>(kind: K, id: number): NativeInfos[K]
  /** This and `runProgram` take a program's descriptor (otherwise EINVAL) and the program's name for errors. */
  programInfo(fd: number, name: string, options: { readonly instructions?: boolean }): BpfProgInfo
  /** BPF_PROG_TEST_RUN */
  runProgram(fd: number, name: string, options: NativeRunOptions): NativeRunResult
  /** Reads and empties a program's stream, 1 or 2: at most 100,000 bytes. */
  readProgramStream(fd: number, stream: number): Uint8Array
  associateStructOps(programFd: number, mapFd: number): void
  /** Takes a link's descriptor; any other descriptor throws EINVAL. */
  linkInfo(fd: number): NativeLinkInfo
  /** Pins a program, a map, a link or a BTF to a new file on a bpffs. */
  pinObject(fd: number, path: string): void
  openProgramById(id: number): NativeDescriptor
  openPinnedProgram(path: string): NativeDescriptor
  /** The kernel records run times and counts of programs while the descriptor is open. */
  enableStats(): NativeDescriptor
  /** The names in libbpf, by number. */
  typeNames(): { program: string[]; map: string[]; attach: string[]; link: string[]; helper: string[] }
  /** Also false if the process is not permitted to load it. Throws ENOTSUP for a type that libbpf does not know. */
  probeProgramType(type: number): boolean
  probeMapType(type: number): boolean
  probeHelper(program: number, helper: number): boolean
  /** The errno of an attempt that leaves nothing attached. */
  probeLink(kind: 'tcx' | 'netkit' | 'kprobe.multi' | 'uprobe.multi' | 'fentry' | 'tp_btf' | 'perf_event'): number
  /** Whether a call fails with any arguments, as with a seccomp filter. Only for calls that the process has made before. */
  isRefused(call: SystemCall): boolean
  /** The nanoseconds of CLOCK_REALTIME, CLOCK_MONOTONIC and CLOCK_BOOTTIME at the same moment. */
  clocks(): { wall: bigint; monotonic: bigint; boot: bigint }
  /** Throws ENODEV if no interface has the name. */
  interfaceIndex(name: string, options: NativeNetns): number
  /**
   * The path of a cgroup v2's directory, including the mount; undefined if it is gone. EPERM without CAP_DAC_READ_SEARCH. The path ends in
   * ` (deleted)` if the cgroup is being removed.
   */
  cgroupPath(mount: string, id: number): string | undefined
  /**
   * Attaches on the thread pool with TCX or clsact, and returns what the interface had counted right before and after. A clsact filter is
   * marked as this process's; filters of processes that have ended are removed.
   */
  attachHook(program: number, options: NativeHookRequest): Promise<NativeHookAttachment>
  /**
   * Detaches on the thread pool, one link after the other, and closes the handles at once. Blocks for at most `patience` milliseconds. The
   * promise resolves when all is done, with the error of each link that is still attached and whose handle is open again.
   */
  detachLinks(links: readonly NativeLink[], patience: number): Promise<(Error | undefined)[]>
  /**
   * Whether each link is still attached; false if someone else has detached it. Runs on the thread pool, starts no check after 100 ms, and
   * returns results only for the links that were checked by then, which are the first ones.
   */
  whichAttached(links: readonly NativeLink[]): Promise<boolean[]>
  /** The rtnetlink messages about all interfaces of a namespace. On the thread pool, because the kernel may block the caller. */
  dumpInterfaces(options: NativeNetns): Promise<Uint8Array>
  /** What an interface has counted since it was created; undefined if it is gone. On the thread pool. */
  interfacePackets(options: NativeInterface): Promise<NativeInterfacePackets | undefined>
  /** `groups`: one bit per RTNLGRP_* to join; RTNLGRP_LINK is bit 0. */
  openNetlink(options: NativeNetns & { readonly groups?: number }): NativeNetlink
}

/** Before the first use, an empty object; its prototype fills it. Afterwards the addon's functions are own properties, found directly. */
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
