/** Kinds by their number, named as `bpftool btf dump` does (include/uapi/linux/btf.h, BTF_KIND_*). VOID is type 0. */
export const kindNames = [
  'VOID',
  'INT',
  'PTR',
  'ARRAY',
  'STRUCT',
  'UNION',
  'ENUM',
  'FWD',
  'TYPEDEF',
  'VOLATILE',
  'CONST',
  'RESTRICT',
  'FUNC',
  'FUNC_PROTO',
  'VAR',
  'DATASEC',
  'FLOAT',
  'DECL_TAG',
  'TYPE_TAG',
  'ENUM64',
] as const

export type BtfKind = (typeof kindNames)[number]

interface Base {
  readonly id: number
  /** Empty for an anonymous type. */
  readonly name: string
}

/** A type that stands for another: a pointer to `type`, a typedef of it, a qualifier or tag on it. */
interface Reference extends Base {
  readonly type: number
}

export interface BtfVoid extends Base {
  readonly kind: 'VOID'
}

export interface BtfInt extends Base {
  readonly kind: 'INT'
  readonly size: number
  readonly signed: boolean
  readonly char: boolean
  readonly bool: boolean
  /** Where the value begins in its `size` bytes, in bits; only old compilers' bit-fields have other than 0. */
  readonly bitOffset: number
  readonly bits: number
}

export interface BtfPtr extends Reference {
  readonly kind: 'PTR'
}

export interface BtfArray extends Base {
  readonly kind: 'ARRAY'
  /** The elements' type. */
  readonly type: number
  readonly indexType: number
  /** 0 also for a flexible array. */
  readonly length: number
}

export interface BtfMember {
  readonly name: string
  readonly type: number
  readonly bitOffset: number
  /** 0 for what is no bit-field, and for the bit-fields of old compilers, whose INT type tells. */
  readonly bitfieldSize: number
}

export interface BtfComposite extends Base {
  readonly kind: 'STRUCT' | 'UNION'
  readonly size: number
  readonly members: readonly BtfMember[]
}

export interface BtfEnumerator {
  readonly name: string
  readonly value: number
}

export interface BtfEnum extends Base {
  readonly kind: 'ENUM'
  readonly size: number
  readonly signed: boolean
  readonly values: readonly BtfEnumerator[]
}

export interface BtfEnum64 extends Base {
  readonly kind: 'ENUM64'
  readonly size: number
  readonly signed: boolean
  readonly values: readonly { readonly name: string; readonly value: bigint }[]
}

export interface BtfFwd extends Base {
  readonly kind: 'FWD'
  readonly of: 'struct' | 'union'
}

export interface BtfTypedef extends Reference {
  readonly kind: 'TYPEDEF'
}

export interface BtfModifier extends Reference {
  readonly kind: 'VOLATILE' | 'CONST' | 'RESTRICT'
}

export type BtfLinkage = 'static' | 'global' | 'extern'

export interface BtfFunc extends Reference {
  readonly kind: 'FUNC'
  readonly linkage: BtfLinkage
}

export interface BtfFuncProto extends Base {
  readonly kind: 'FUNC_PROTO'
  /** What it returns; 0 is void. */
  readonly type: number
  /** A last parameter with an empty name and type 0 stands for `...`. */
  readonly parameters: readonly { readonly name: string; readonly type: number }[]
}

export interface BtfVar extends Reference {
  readonly kind: 'VAR'
  readonly linkage: BtfLinkage
}

export interface BtfDatasec extends Base {
  readonly kind: 'DATASEC'
  readonly size: number
  /** `type` is the id of a VAR, or of a FUNC in `.ksyms`. */
  readonly variables: readonly { readonly type: number; readonly offset: number; readonly size: number }[]
}

export interface BtfFloat extends Base {
  readonly kind: 'FLOAT'
  readonly size: number
}

export interface BtfDeclTag extends Reference {
  readonly kind: 'DECL_TAG'
  /** Index of the member or parameter that is tagged; -1 for the whole. */
  readonly component: number
  /** True for an attribute of the compiler's own (`__attribute__((name))`), which newer compilers record. */
  readonly attribute: boolean
}

export interface BtfTypeTag extends Reference {
  readonly kind: 'TYPE_TAG'
  readonly attribute: boolean
}

/** A kind newer than this parser. BTF's own layout section told how long it is. */
export interface BtfUnknown extends Base {
  readonly kind: 'UNKNOWN'
  readonly number: number
}

/** A type of any kind; `kind` tells them apart. References to other types are ids. */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfPtr
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfFwd
  | BtfTypedef
  | BtfModifier
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag
  | BtfTypeTag
  | BtfEnum64
  | BtfUnknown
