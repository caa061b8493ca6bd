export { BpfObject } from './bpf-object.js'
export { Btf, BtfError, type Codec, type CodecOptions, compileCodec } from './btf.js'
export { bootTimeToDate, dateToKtime, ktimeToDate } from './clock.js'
export { ElfSymbols, type FunctionSymbol } from './elf-symbols.js'
export { BpfError, NotSupportedError, PermissionError, VerifierError } from './errors.js'
export type { Globals } from './globals.js'
export { interfaceIndex, type NetnsOptions, type NetworkInterface, networkInterfaces } from './interfaces.js'
export {
  type BtfInfo,
  btfById,
  btfs,
  kernelBtf,
  type LinkInfo,
  linkById,
  links,
  type MapInfo,
  mapById,
  maps,
  programById,
  programs,
} from './introspect.js'
export { type KernelSymbol, KernelSymbols, kallsyms, type ResolvedSymbol } from './kallsyms.js'
export { kernelConfig } from './kernel-config.js'
export { type KernelFacts, kernelFacts } from './kernel-facts.js'
export { enableStats, KernelStats } from './kernel-stats.js'
export { Link } from './link.js'
export { LoadedProgram, openProgram, type ProgramSource } from './loaded-program.js'
export { BpfMap, type MapOptions, type UpdateMode } from './map.js'
export type { BytesCodec } from './map-codec.js'
export { type LogLevel, OpenObject, type OpenOptions, open } from './object.js'
export { OpenMap } from './open-map.js'
export { type AttachTarget, OpenProgram } from './open-program.js'
export { type AttachKind, hasAttach, hasHelper, hasMapType, hasProgramType } from './probe.js'
export { ProcessSymbols, type UserFrame } from './process-symbols.js'
export {
  type ClsactOptions,
  type KprobeOptions,
  Program,
  type TcOptions,
  type TcxOptions,
} from './program.js'
export type { InfoOptions, ProgramInfo } from './program-info.js'
export type { RunOptions, RunResult } from './program-run.js'
export { RecordBatch } from './record-batch.js'
export { RecordCursor } from './record-cursor.js'
export { type ReadOptions, RingBuffer, type RingBufferOptions } from './ringbuf.js'
export { addressesOf, type KernelFrame, kernelFrames, stackAddresses, userFrames } from './stack.js'
export { libbpfVersion, possibleCpus } from './system.js'
