export { Btf, BtfError, type Codec, type CodecOptions, compileCodec } from './btf.js'
export { type CreateMapOptions, createMap, type KeyOf, type ValueOf } from './create-map.js'
export { BpfError, NotSupportedError, PermissionError, VerifierError } from './errors.js'
export type { Globals } from './globals.js'
export { interfaceIndex, type NetnsOptions, type NetworkInterface, networkInterfaces } from './interfaces.js'
export { Link } from './link.js'
export { BpfMap, type PushOptions } from './map.js'
export type { BytesCodec, SizedCodec } from './map-codec.js'
export type { Descriptor, RedirectTarget } from './map-descriptors.js'
export type { MapFlag } from './map-flags.js'
export { MapHandle, type MapInfo } from './map-handle.js'
export type { MapKind } from './map-kind.js'
export type { MapOptions } from './map-options.js'
export type { PerCpuValue } from './map-sum.js'
export type { LookupOptions, UpdateMode, UpdateOptions } from './map-update.js'
export { MapView, type ViewOptions } from './map-view.js'
export { BpfObject, OpenObject, type OpenOptions, open } from './object.js'
export { type MapLocation, openMap } from './open-map.js'
export { OpenMap, OpenProgram } from './open-object.js'
export { PerfBuffer, type PerfBufferOptions } from './perfbuf.js'
export { openProcess, ProcessHandle } from './process-handle.js'
export {
  type ClsactOptions,
  type KprobeOptions,
  Program,
  type ProgramInfo,
  type RunOptions,
  type RunResult,
  type TcOptions,
  type TcxOptions,
} from './program.js'
export { type NamedRecord, type RecordReaders, readAll } from './read-all.js'
export { RecordBatch } from './record-batch.js'
export { RecordCursor } from './record-cursor.js'
export type { RecordOptions } from './record-decoder.js'
export { type PollOptions, type ReadOptions, RecordReader } from './record-reader.js'
export { RingBuffer, type RingBufferOptions } from './ringbuf.js'
export { i8, i16, i32, i64, u8, u16, u32, u64 } from './scalars.js'
export { libbpfVersion, possibleCpus } from './system.js'
export { type TracePipeOptions, type TraceRecord, tracePipe } from './trace-pipe.js'
export { UserRingBuffer, type UserRingBufferOptions } from './user-ringbuf.js'
