export type { CgroupOptions, CgroupSource } from './attach/cgroup.js'
export type { KprobeOptions } from './attach/kprobe.js'
export type { NetfilterOptions } from './attach/netfilter.js'
export type { NetkitOptions } from './attach/netkit.js'
export type { LinkingOptions, Neighbour, PlaceOptions } from './attach/place.js'
export type { SocketFilterOptions } from './attach/socket.js'
export type { ClsactOptions, TcOptions, TcxOptions } from './attach/tc.js'
export type { TracepointOptions } from './attach/tracepoint.js'
export type { XdpOptions } from './attach/xdp.js'
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
export { Link, type LinkSource, openLink, type UpdateOptions } from './link.js'
export { BpfMap, type MapOptions, type UpdateMode } from './map.js'
export type { BytesCodec } from './map-codec.js'
export { BpfObject, OpenObject, type OpenOptions, open } from './object.js'
export { OpenMap, OpenProgram } from './open-object.js'
export { Program, type ProgramInfo, type RunOptions, type RunResult } from './program.js'
export { type Hook, type HookPrograms, queryPrograms } from './query.js'
export { RecordBatch } from './record-batch.js'
export { RecordCursor } from './record-cursor.js'
export { type ReadOptions, RingBuffer, type RingBufferOptions } from './ringbuf.js'
export { libbpfVersion, possibleCpus } from './system.js'
