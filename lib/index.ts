export type { CgroupOptions, CgroupSource } from './attach/cgroup.js'
export type { IteratorOptions } from './attach/iterator.js'
export type { KprobeOptions, KsyscallOptions } from './attach/kprobe.js'
export type { KprobeMultiOptions } from './attach/kprobe-multi.js'
export type { NetfilterOptions } from './attach/netfilter.js'
export type { NetkitOptions } from './attach/netkit.js'
export type { PerfEventName, PerfEventOptions } from './attach/perf-event.js'
export type { LinkingOptions, Neighbour, PlaceOptions } from './attach/place.js'
export type { SocketFilterOptions } from './attach/socket.js'
export type { ClsactOptions, TcOptions, TcxOptions } from './attach/tc.js'
export type { FreplaceOptions, TraceOptions } from './attach/trace.js'
export type { TracepointOptions } from './attach/tracepoint.js'
export type { UprobeOptions, UretprobeOptions } from './attach/uprobe.js'
export type { UprobeMultiOptions } from './attach/uprobe-multi.js'
export type { UsdtOptions } from './attach/usdt.js'
export type { XdpOptions } from './attach/xdp.js'
export { BpfObject } from './bpf-object.js'
export {
  Btf,
  BtfError,
  type Codec,
  type CodecOptions,
  compileCodec,
  type FieldCodec,
  type FieldFormat,
  type FieldFormats,
} from './btf.js'
export { bootTimeToDate, dateToKtime, ktimeToDate } from './clock.js'
export { type CreateMapOptions, createMap, type KeyOf, type ValueOf } from './create-map.js'
export { ElfSymbols, type FunctionSymbol } from './elf-symbols.js'
export { BpfError, type ErrorFields, NotSupportedError, PermissionError, VerifierError } from './errors.js'
export type { Globals } from './globals.js'
export {
  type InterfaceOptions,
  interfaceIndex,
  type NetnsOptions,
  type NetworkInterface,
  networkInterfaces,
} from './interfaces.js'
export {
  type BtfInfo,
  btfById,
  btfs,
  kernelBtf,
  type LinkInfo,
  linkById,
  links,
  type MapInfo as KernelMapInfo,
  mapById,
  maps,
  programById,
  programs,
} from './introspect.js'
export { type IterateOptions, type IterateRecordsOptions, IteratorLink } from './iterator.js'
export { type KernelSymbol, KernelSymbols, kallsyms, type ResolvedSymbol } from './kallsyms.js'
export { kernelConfig } from './kernel-config.js'
export { type KernelFacts, kernelFacts } from './kernel-facts.js'
export { enableStats, KernelStats } from './kernel-stats.js'
export { Link, type LinkSource, openLink, type UpdateOptions as LinkUpdateOptions } from './link.js'
export { Links } from './links.js'
export { LoadedProgram, openProgram, type ProgramSource } from './loaded-program.js'
export { BpfMap, type PushOptions } from './map.js'
export type { BytesCodec, SizedCodec } from './map-codec.js'
export type { Descriptor, RedirectTarget } from './map-descriptors.js'
export type { MapFlag } from './map-flags.js'
export { MapHandle, type MapInfo } from './map-handle.js'
export type { MapKind } from './map-kind.js'
export { type MapLocation, openMap } from './map-location.js'
export type { MapOptions } from './map-options.js'
export type { PerCpuValue } from './map-sum.js'
export type { LookupOptions, UpdateMode, UpdateOptions } from './map-update.js'
export { MapView, type ViewOptions } from './map-view.js'
export { type LogLevel, OpenObject, type OpenOptions, open } from './object.js'
export type * from './object-types.js'
export { OpenMap } from './open-map.js'
export { type AttachTarget, OpenProgram } from './open-program.js'
export { PerfBuffer, type PerfBufferOptions } from './perfbuf.js'
export { type AttachKind, hasAttach, hasHelper, hasMapType, hasProgramType } from './probe.js'
export { openProcess, ProcessHandle } from './process-handle.js'
export { ProcessSymbols, type UserFrame } from './process-symbols.js'
export { Program } from './program.js'
export type { InfoOptions, ProgramInfo } from './program-info.js'
export type { RunOptions, RunResult } from './program-run.js'
export { type Hook, type HookPrograms, queryPrograms } from './query.js'
export { type NamedRecord, type RecordReaders, readAll } from './read-all.js'
export { RecordBatch } from './record-batch.js'
export { RecordCursor } from './record-cursor.js'
export type { RecordOptions } from './record-decoder.js'
export { type PollOptions, type ReadOptions, RecordReader } from './record-reader.js'
export { RingBuffer, type RingBufferOptions } from './ringbuf.js'
export { i8, i16, i32, i64, u8, u16, u32, u64 } from './scalars.js'
export { addressesOf, type KernelFrame, kernelFrames, stackAddresses, userFrames } from './stack.js'
export { StructOpsLink } from './struct-ops.js'
export { libbpfVersion, possibleCpus } from './system.js'
export { type TracePipeOptions, type TraceRecord, tracePipe } from './trace-pipe.js'
export { UserRingBuffer, type UserRingBufferOptions } from './user-ringbuf.js'
