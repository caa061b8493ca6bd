/** Kinds by number, named as in `bpftool btf dump` (include/uapi/linux/btf.h, BTF_KIND_*). VOID is type 0. */
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

/** The kind of a BTF type, named as in `bpftool btf dump`. */
export type BtfKind = (typeof kindNames)[number]

interface Base {
  readonly id: number
  /** Empty for an anonymous type. */
  readonly name: string
}

/** A type that refers to another: a pointer to `type`, a typedef of it, or a qualifier or tag on it. */
interface Reference extends Base {
  readonly type: number
}

/** C's `void`, type 0. */
export interface BtfVoid extends Base {
  readonly kind: 'VOID'
}

/** An integer type. */
export interface BtfInt extends Base {
  readonly kind: 'INT'
  readonly size: number
  readonly signed: boolean
  readonly char: boolean
  readonly bool: boolean
  /** Where the value starts in its `size` bytes, in bits; 0 except in bit-fields of old compilers. */
  readonly bitOffset: number
  readonly bits: number
}

/** A pointer to `type`. */
export interface BtfPtr extends Reference {
  readonly kind: 'PTR'
}

/** An array. */
export interface BtfArray extends Base {
  readonly kind: 'ARRAY'
  /** The type of the elements. */
  readonly type: number
  readonly indexType: number
  /** The number of elements; 0 for a flexible array too. */
  readonly length: number
}

/** A member of a struct or union. */
export interface BtfMember {
  readonly name: string
  readonly type: number
  readonly bitOffset: number
  /** 0 if it is not a bit-field; also 0 for bit-fields of old compilers, which have the size in their INT type. */
  readonly bitfieldSize: number
}

/** A struct or a union. */
export interface BtfComposite extends Base {
  readonly kind: 'STRUCT' | 'UNION'
  readonly size: number
  readonly members: readonly BtfMember[]
}

/** A name of an enum and its value. */
export interface BtfEnumerator {
  readonly name: string
  readonly value: number
}

/** An enum with values of up to 32 bits. */
export interface BtfEnum extends Base {
  readonly kind: 'ENUM'
  readonly size: number
  readonly signed: boolean
  readonly values: readonly BtfEnumerator[]
}

/** An enum with values of 64 bits. */
export interface BtfEnum64 extends Base {
  readonly kind: 'ENUM64'
  readonly size: number
  readonly signed: boolean
  readonly values: readonly { readonly name: string; readonly value: bigint }[]
}

/** A struct or union that is only declared. */
export interface BtfFwd extends Base {
  readonly kind: 'FWD'
  readonly of: 'struct' | 'union'
}

/** A typedef of `type`. */
export interface BtfTypedef extends Reference {
  readonly kind: 'TYPEDEF'
}

/** A qualifier on `type`: `volatile`, `const` or `restrict`. */
export interface BtfModifier extends Reference {
  readonly kind: 'VOLATILE' | 'CONST' | 'RESTRICT'
}

/** The linkage of a function or variable. */
export type BtfLinkage = 'static' | 'global' | 'extern'

/** A function; `type` is the id of its FUNC_PROTO. */
export interface BtfFunc extends Reference {
  readonly kind: 'FUNC'
  readonly linkage: BtfLinkage
}

/** The return type and the parameters of a function. */
export interface BtfFuncProto extends Base {
  readonly kind: 'FUNC_PROTO'
  /** The return type; 0 is void. */
  readonly type: number
  /** A last parameter with an empty name and type 0 stands for `...`. */
  readonly parameters: readonly { readonly name: string; readonly type: number }[]
}

/** A global variable. */
export interface BtfVar extends Reference {
  readonly kind: 'VAR'
  readonly linkage: BtfLinkage
}

/** A data section of an object file. */
export interface BtfDatasec extends Base {
  readonly kind: 'DATASEC'
  readonly size: number
  /** `type` is the id of a VAR, or of a FUNC in `.ksyms`. */
  readonly variables: readonly { readonly type: number; readonly offset: number; readonly size: number }[]
}

/** A floating-point type. */
export interface BtfFloat extends Base {
  readonly kind: 'FLOAT'
  readonly size: number
}

/** A tag on a declaration. */
export interface BtfDeclTag extends Reference {
  readonly kind: 'DECL_TAG'
  /** The index of the tagged member or parameter; -1 for the whole declaration. */
  readonly component: number
  /** True for one of the compiler's own attributes (`__attribute__((name))`), which newer compilers record. */
  readonly attribute: boolean
}

/** A tag on `type`. */
export interface BtfTypeTag extends Reference {
  readonly kind: 'TYPE_TAG'
  readonly attribute: boolean
}

/** A kind that is newer than this parser. Its length comes from the layout section of the BTF. */
export interface BtfUnknown extends Base {
  readonly kind: 'UNKNOWN'
  readonly number: number
}

/** A type of any kind; check `kind` to know which. References to other types are ids. */
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
