export type { IteratorOptions } from './attach/iterator.js'
export type { KprobeOptions, KsyscallOptions } from './attach/kprobe.js'
export type { KprobeMultiOptions } from './attach/kprobe-multi.js'
export type { PerfEventName, PerfEventOptions } from './attach/perf-event.js'
export type { ClsactOptions, TcOptions, TcxOptions } from './attach/tc.js'
export type { FreplaceOptions, TraceOptions } from './attach/trace.js'
export type { TracepointOptions } from './attach/tracepoint.js'
export type { UprobeOptions, UretprobeOptions } from './attach/uprobe.js'
export type { UprobeMultiOptions } from './attach/uprobe-multi.js'
export type { UsdtOptions } from './attach/usdt.js'
export { Btf, BtfError, type Codec, type CodecOptions, compileCodec } from './btf.js'
export { BpfError, NotSupportedError, PermissionError, VerifierError } from './errors.js'
export type { Globals } from './globals.js'
export {
  type InterfaceOptions,
  interfaceIndex,
  type NetnsOptions,
  type NetworkInterface,
  networkInterfaces,
} from './interfaces.js'
export { type IterateOptions, type IterateRecordsOptions, IteratorLink } from './iterator.js'
export { Link } from './link.js'
export { Links } from './links.js'
export { BpfMap, type MapOptions, type UpdateMode } from './map.js'
export type { BytesCodec } from './map-codec.js'
export { BpfObject, OpenObject, type OpenOptions, open } from './object.js'
export { OpenMap, OpenProgram } from './open-object.js'
export { Program, type ProgramInfo, type RunOptions, type RunResult } from './program.js'
export { RecordBatch } from './record-batch.js'
export { RecordCursor } from './record-cursor.js'
export { type ReadOptions, RingBuffer, type RingBufferOptions } from './ringbuf.js'
export { StructOpsLink } from './struct-ops.js'
export { libbpfVersion, possibleCpus } from './system.js'
