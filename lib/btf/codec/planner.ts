import type { Btf } from '../btf.js'
import { BtfError } from '../error.js'
import { maximumDepth } from '../resolve.js'
import type { BtfArray, BtfComposite, BtfDatasec, BtfMember, BtfType } from '../types.js'
import type { Settings } from './options.js'
import type { BitsNode, BooleanNode, EnumNode, Field, IntegerNode, Node } from './plan.js'
import { recordNode } from './plan-record.js'
import { bitsNode, enumNode, floatNode, type Integral, integerNode, isRegular, pointerNode } from './plan-scalar.js'

// Unions and arrays of empty structs decode to more values than they have bytes, and nested they could ask for 2^64.
const maximumValues = 2 ** 24

// Typedefs of include/uapi/linux/types.h whose bytes have an order of their own, whichever the machine's is.
const ordered = new Map([
  ['__be16', false],
  ['__be32', false],
  ['__be64', false],
  ['__le16', true],
  ['__le32', true],
  ['__le64', true],
])

/** Lays a type out. Throws BtfError for a type without values, or one whose description cannot be right. */
export class Planner {
  readonly #btf: Btf
  readonly #settings: Settings
  readonly #nodes = new Map<string, Node>()
  readonly #values = new Map<Node, number>()

  constructor(btf: Btf, settings: Settings) {
    this.#btf = btf
    this.#settings = settings
  }

  /** `tail`: whether nothing follows the value, so that an array of length 0 is one without an end. */
  plan(id: number, tail = true, depth = 0): Node {
    let littleEndian = this.#settings.littleEndian
    const type = this.#resolve(id, (name) => (littleEndian = ordered.get(name) ?? littleEndian))
    const key = `${type.id} ${littleEndian} ${tail}`
    const known = this.#nodes.get(key)
    if (known) return known
    if (depth > maximumDepth)
      throw new BtfError(`holds itself, or more than ${maximumDepth} levels of others`, { type: id })
    const node = this.#make(type, littleEndian, tail, depth)
    this.#values.set(node, this.#count(node, type.id))
    this.#nodes.set(key, node)
    return node
  }

  #resolve(id: number, onTypedef: (name: string) => void): BtfType {
    const onPass = (passed: BtfType) => passed.kind === 'TYPEDEF' && onTypedef(passed.name)
    const type = this.#btf.resolve(id, onPass)
    return type.kind === 'VAR' ? this.#btf.resolve(type.type, onPass) : type
  }

  #make(type: BtfType, littleEndian: boolean, tail: boolean, depth: number): Node {
    switch (type.kind) {
      case 'INT':
        if (!isRegular(type))
          throw new BtfError(`INT ${type.name} of ${type.bits} bits is only for bit-fields`, { type: type.id })
        return this.#integral(type, integerNode(type, littleEndian, this.#settings))
      case 'ENUM':
      case 'ENUM64':
        return this.#integral(type, integerNode(type, littleEndian, this.#settings))
      case 'PTR':
        return pointerNode(littleEndian)
      case 'FLOAT':
        return floatNode(type, littleEndian)
      case 'ARRAY':
        return this.#array(type, tail, depth)
      case 'STRUCT':
      case 'UNION':
        return this.#composite(type, tail, depth)
      case 'DATASEC':
        return this.#section(type, depth)
      default:
        throw new BtfError(`${type.kind} ${type.name || '(anonymous)'} has no value to decode`, { type: type.id })
    }
  }

  #integral(type: Integral, raw: IntegerNode | BitsNode): IntegerNode | BitsNode | BooleanNode | EnumNode {
    if (type.kind !== 'INT') return enumNode(type, raw, this.#settings)
    return type.bool ? { kind: 'boolean', size: raw.size, raw } : raw
  }

  #array(type: BtfArray, tail: boolean, depth: number): Node {
    const element = this.plan(type.type, false, depth + 1)
    const flexible = tail && type.length === 0 && element.size > 0
    const length = flexible ? undefined : type.length
    const size = element.size * type.length
    if (size > 0xffffffff)
      throw new BtfError(`an array of ${type.length} times ${element.size} bytes`, { type: type.id })

    const inner = this.#btf.resolve(type.type)
    if (inner.kind === 'INT' && element.kind === 'integer' && element.size === 1) {
      // Compilers call `char` signed or nothing, and leave the flag for it unset.
      const char = inner.char || inner.name === 'char'
      const text = char && this.#settings.charArrays === 'string'
      if (char || !inner.signed) return { kind: 'bytes', size, length, char, text }
    }
    return { kind: 'array', size, length, element }
  }

  #composite(type: BtfComposite, tail: boolean, depth: number): Node {
    const union = type.kind === 'UNION'
    const last = type.members.length - 1
    // An array without a length that shares its place with what has one is no more than a name for that place.
    const isTail = (i: number) => tail && (union ? type.size === 0 : i === last)
    const members = type.members.flatMap((member, i) => this.#member(type, member, isTail(i), depth) ?? [])
    return recordNode(`${union ? 'union' : 'struct'} ${type.name || '(anonymous)'}`, type, members)
  }

  #section(type: BtfDatasec, depth: number): Node {
    const variables = type.variables.flatMap(({ type: id, offset }) => {
      const { kind, name } = this.#btf.type(id)
      return kind === 'VAR' ? [{ name, offset, node: this.plan(id, false, depth + 1) }] : []
    })
    return recordNode(`section ${type.name}`, type, variables)
  }

  /** Undefined for padding, which has no name. */
  #member(
    parent: BtfComposite,
    { name, type: id, bitOffset, bitfieldSize }: BtfMember,
    tail: boolean,
    depth: number,
  ): Field | undefined {
    const type = this.#btf.resolve(id)
    const integral = type.kind === 'INT' || type.kind === 'ENUM' || type.kind === 'ENUM64'
    const old = type.kind === 'INT' && bitfieldSize === 0 && (!isRegular(type) || bitOffset % 8 !== 0)
    if (bitfieldSize > 0 || old) {
      const start = old ? bitOffset + type.bitOffset : bitOffset
      const width = old ? type.bits : bitfieldSize
      if (!integral || width === 0 || width > type.size * 8 || start + width > parent.size * 8) {
        throw new BtfError(`member ${name} is a bit-field of ${width} bits in a ${type.kind}, at bit ${start}`, {
          type: parent.id,
        })
      }
      if (name === '') return undefined
      const node = this.#integral(type, bitsNode(type, start % 8, width, this.#settings))
      this.#values.set(node, 1)
      return { name, offset: Math.floor(start / 8), node }
    }
    if (bitOffset % 8 !== 0)
      throw new BtfError(`member ${name} of kind ${type.kind} begins at bit ${bitOffset}`, { type: parent.id })
    const node = this.plan(id, tail, depth + 1)
    return name === '' && node.kind !== 'record' ? undefined : { name, offset: bitOffset / 8, node }
  }

  #count(node: Node, type: number): number {
    const of = (inner: Node) => this.#values.get(inner) ?? 1
    let count = 1
    if (node.kind === 'array') count += (node.length ?? 1) * of(node.element)
    if (node.kind === 'record') for (const field of node.fields) count += of(field.node)
    if (count > maximumValues)
      throw new BtfError(`one value of it would hold more than ${maximumValues} others`, { type })
    return count
  }
}
