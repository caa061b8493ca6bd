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
export { BpfError, NotSupportedError, PermissionError, VerifierError } from './errors.js'
export type { Globals } from './globals.js'
export { interfaceIndex, type NetnsOptions, type NetworkInterface, networkInterfaces } from './interfaces.js'
export { Link } from './link.js'
export { BpfMap, type MapOptions, type UpdateMode } from './map.js'
export type { BytesCodec } from './map-codec.js'
export { BpfObject, OpenObject, type OpenOptions, open } from './object.js'
export type { MapTypes, ObjectTypes, UntypedObject } from './object-types.js'
export { OpenMap, OpenProgram } from './open-object.js'
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
export { RecordBatch } from './record-batch.js'
export { RecordCursor } from './record-cursor.js'
export { type ReadOptions, RingBuffer, type RingBufferOptions } from './ringbuf.js'
export { libbpfVersion, possibleCpus } from './system.js'
