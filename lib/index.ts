export type { KprobeOptions } from './attach/kprobe.js'
export type { ClsactOptions, TcOptions, TcxOptions } from './attach/tc.js'
export type { TracepointOptions } from './attach/tracepoint.js'
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
export { BpfError, type ErrorFields, NotSupportedError, PermissionError, VerifierError } from './errors.js'
export type { Globals } from './globals.js'
export {
  type InterfaceOptions,
  interfaceIndex,
  type NetnsOptions,
  type NetworkInterface,
  networkInterfaces,
} from './interfaces.js'
export { Link } from './link.js'
export { BpfMap, type MapOptions, type UpdateMode } from './map.js'
export type { BytesCodec } from './map-codec.js'
export { BpfObject, OpenObject, type OpenOptions, open } from './object.js'
export type * from './object-types.js'
export { OpenMap, OpenProgram } from './open-object.js'
export { Program, type ProgramInfo, type RunOptions, type RunResult } from './program.js'
export { RecordBatch } from './record-batch.js'
export { RecordCursor } from './record-cursor.js'
export { type ReadOptions, RingBuffer, type RingBufferOptions } from './ringbuf.js'
export { libbpfVersion, possibleCpus } from './system.js'
