export { BtfError } from './btf/index.js'
export {
  BpfError,
  type ErrorFields,
  NotSupportedError,
  type NotSupportedFields,
  PermissionError,
  VerifierError,
} from './errors.js'
export { PerfBuffer, type PerfBufferOptions, type PerfBufferSizes } from './events/perfbuf.js'
export { type NamedRecord, type RecordReaders, readAll } from './events/read-all.js'
export { RecordBatch } from './events/record-batch.js'
export { RecordCursor } from './events/record-cursor.js'
export type { RecordOptions } from './events/record-decoder.js'
export { type PollOptions, type ReadOptions, RecordReader } from './events/record-reader.js'
export { RingBuffer, type RingBufferOptions } from './events/ringbuf.js'
export { type TracePipeOptions, type TraceRecord, tracePipe } from './events/trace-pipe.js'
export { UserRingBuffer, type UserRingBufferOptions } from './events/user-ringbuf.js'
export type { CgroupOptions, CgroupSource } from './link/attach/cgroup.js'
export type { IteratorOptions } from './link/attach/iterator.js'
export type { KprobeOptions, KsyscallOptions } from './link/attach/kprobe.js'
export type { KprobeMultiOptions } from './link/attach/kprobe-multi.js'
export type { NetfilterOptions } from './link/attach/netfilter.js'
export type { NetkitOptions } from './link/attach/netkit.js'
export type { LinkOptions, OrderOptions, Relative } from './link/attach/order.js'
export type { PerfEventName, PerfEventOptions } from './link/attach/perf-event.js'
export {
  type ClsactFilter,
  type ClsactHook,
  type Hook,
  type HookPrograms,
  queryPrograms,
  type XdpHook,
  type XdpProgram,
} from './link/attach/query.js'
export type { SocketFilterOptions } from './link/attach/socket.js'
export type { ClsactOptions, TcOptions, TcxOptions } from './link/attach/tc.js'
export type { FreplaceOptions, TraceOptions } from './link/attach/trace.js'
export type { TracepointOptions } from './link/attach/tracepoint.js'
export type { UprobeOptions, UretprobeOptions } from './link/attach/uprobe.js'
export type { UprobeMultiOptions } from './link/attach/uprobe-multi.js'
export type { UsdtOptions } from './link/attach/usdt.js'
export type { XdpOptions } from './link/attach/xdp.js'
export type {
  AnyLinkInfo,
  AttachTypeInfo,
  CgroupLinkInfo,
  CookieInfo,
  InterfaceLinkInfo,
  IterLinkInfo,
  KindOfLinkInfo,
  KprobeMultiLinkInfo,
  LinkInfo,
  NetfilterLinkInfo,
  NetnsLinkInfo,
  PerfEventLinkInfo,
  RawTracepointLinkInfo,
  SockmapLinkInfo,
  StructOpsLinkInfo,
  TracingLinkInfo,
  UnknownLinkInfo,
  UprobeMultiLinkInfo,
  XdpLinkInfo,
} from './link/info.js'
export {
  type IterateOptions,
  type IterateRecordsOptions,
  IteratorLink,
  type ObjectDecoding,
} from './link/iterator-link.js'
export { Link, type LinkSource, openLink, type UpdateOptions as LinkUpdateOptions } from './link/link.js'
export { Links } from './link/links.js'
export { linkInfo, listLinks } from './link/list.js'
export type { BytesCodec, SizedCodec } from './maps/codec.js'
export { type CreateMapOptions, createMap, type KeyOf, type ValueOf } from './maps/create.js'
export type { Descriptor, RedirectTarget } from './maps/descriptors.js'
export type { MapFlag } from './maps/flags.js'
export { MapHandle } from './maps/handle.js'
export type { KernelMapInfo, MapInfo } from './maps/info.js'
export { listMaps, mapInfo } from './maps/list.js'
export { type MapLocation, openMap } from './maps/location.js'
export { BpfMap, type PushOptions } from './maps/map.js'
export type { MapOptions } from './maps/options.js'
export { openProcess, ProcessHandle } from './maps/process-handle.js'
export { i8, i16, i32, i64, u8, u16, u32, u64 } from './maps/scalars.js'
export type { PerCpuValue } from './maps/sum.js'
export type { MapType } from './maps/types.js'
export type { LookupOptions, UpdateMode, UpdateOptions } from './maps/update.js'
export { MapView, type ViewOptions } from './maps/view.js'
export { BpfObject } from './object/bpf-object.js'
export type { Globals } from './object/globals.js'
export type { Keyring, Loader, LoaderOptions, RunLoaderOptions } from './object/loader.js'
export { OpenMap } from './object/open-map.js'
export { type LogLevel, OpenObject, type OpenOptions, open } from './object/open-object.js'
export { type AttachTarget, OpenProgram } from './object/open-program.js'
export { PreparedObject } from './object/prepared-object.js'
export { StructOpsLink } from './object/struct-ops.js'
export type {
  Decoding,
  KnownNameOf,
  MapKey,
  MapName,
  MapTypes,
  MapValue,
  NameOf,
  ObjectTypes,
  OpenArguments,
  OpenGlobals,
  UntypedObject,
} from './object/types.js'
export type { Path } from './path.js'
export type { InfoOptions, ProgramInfo } from './program/info.js'
export { listPrograms, programInfo } from './program/list.js'
export { LoadedProgram, openProgram, type ProgramSource } from './program/loaded-program.js'
export { Program } from './program/program.js'
export type { RunOptions, RunResult } from './program/run.js'
export type { ProgramStream } from './program/stream.js'
