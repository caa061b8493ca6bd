export { Btf, type DataSection, type DataVariable } from './btf.js'
export { type Codec, compileCodec } from './codec/codec.js'
export type { FieldCodec, FieldFormat, FieldFormats } from './codec/formats.js'
export type { CodecOptions } from './codec/options.js'
export { describeType } from './describe.js'
export { BtfError } from './error.js'
export type { TypeSource } from './resolve.js'
export type {
  BtfArray,
  BtfComposite,
  BtfDatasec,
  BtfDeclTag,
  BtfEnum,
  BtfEnum64,
  BtfEnumerator,
  BtfFloat,
  BtfFunc,
  BtfFuncProto,
  BtfFwd,
  BtfInt,
  BtfKind,
  BtfLinkage,
  BtfMember,
  BtfModifier,
  BtfPtr,
  BtfType,
  BtfTypedef,
  BtfTypeTag,
  BtfUnknown,
  BtfVar,
  BtfVoid,
} from './types.js'
