import type { FieldCodec } from './formats.js'

/**
 * The memory layout of a type's values: the tree from which all decoders, generated or not, and the encoder are made. A type that occurs
 * in several places is one node.
 */
export type Node =
  | IntegerNode
  | BitsNode
  | FloatNode
  | BooleanNode
  | EnumNode
  | BytesNode
  | ArrayNode
  | RecordNode
  | AddressNode
  | CustomNode

interface Base {
  /** The size in bytes, without the elements of a flexible array. */
  readonly size: number
}

/** How an integer is represented in JavaScript. `safe` is a number, but throws if it would be rounded. */
export type Form = 'number' | 'bigint' | 'safe'

export interface IntegerNode extends Base {
  readonly kind: 'integer'
  readonly size: 1 | 2 | 4 | 8 | 16
  readonly signed: boolean
  readonly littleEndian: boolean
  readonly form: Form
}

/**
 * A bit-field of `width` bits, which starts after the first `shift` bits of its first byte. Big endian counts from the top bit.
 */
export interface BitsNode extends Base {
  readonly kind: 'bits'
  readonly shift: number
  readonly width: number
  readonly signed: boolean
  readonly littleEndian: boolean
  readonly form: Form
}

export interface FloatNode extends Base {
  readonly kind: 'float'
  readonly size: 4 | 8
  readonly littleEndian: boolean
}

export interface BooleanNode extends Base {
  readonly kind: 'boolean'
  readonly raw: IntegerNode | BitsNode
}

export interface EnumNode extends Base {
  readonly kind: 'enum'
  /** Empty if neither the enum nor a typedef of it has a name. */
  readonly name: string
  /** `enum tcp_state`, for messages. */
  readonly label: string
  readonly raw: IntegerNode | BitsNode
  readonly values: ReadonlyMap<string, number | bigint>
  /** The names to decode values to; undefined to leave them numbers. */
  readonly names: ReadonlyMap<number | bigint, string> | undefined
}

/** An array of bytes. */
export interface BytesNode extends Base {
  readonly kind: 'bytes'
  /** Undefined for a flexible array, which is the rest of the record. */
  readonly length: number | undefined
  /** Whether the bytes are `char`, so that they can be encoded from text. */
  readonly char: boolean
  /** Whether the bytes decode to text. */
  readonly text: boolean
}

export interface ArrayNode extends Base {
  readonly kind: 'array'
  readonly length: number | undefined
  readonly element: Node
}

/** A struct or union, or a data section with its variables as members. */
export interface RecordNode extends Base {
  readonly kind: 'record'
  /** The name of the type, or of the typedef of an anonymous one; empty if it has neither. */
  readonly name: string
  /** `struct flow_key`, for messages. */
  readonly label: string
  readonly union: boolean
  /** As declared: an anonymous struct or union is one member, with an empty name. */
  readonly members: readonly Field[]
  /** As C names them: the fields of anonymous members are the record's own. */
  readonly fields: readonly Field[]
  /** Whether the record ends in a flexible array. */
  readonly flexible: boolean
  readonly minimum: number
}

/** Bytes in network order, which are text in JavaScript. */
export interface AddressNode extends Base {
  readonly kind: 'address'
  readonly format: 'ipv4' | 'ipv6' | 'ip' | 'mac'
}

/** Bytes that the user's codec converts. */
export interface CustomNode extends Base {
  readonly kind: 'custom'
  readonly codec: FieldCodec
  /** Undefined if it is the rest of the record. */
  readonly length: number | undefined
}

export interface Field {
  readonly name: string
  /** In bytes, from the start of the record. */
  readonly offset: number
  readonly node: Node
}

export function isFlexible(node: Node): boolean {
  if (node.kind === 'record') return node.flexible
  return (node.kind === 'bytes' || node.kind === 'array' || node.kind === 'custom') && node.length === undefined
}

/**
 * The minimum number of bytes to decode it: a flexible array may be empty, and then the padding after it may be missing.
 */
export function minimumOf(node: Node): number {
  return node.kind === 'record' ? node.minimum : node.size
}
