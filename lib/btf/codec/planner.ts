import type { Btf } from '../btf.js'
import { BtfError } from '../error.js'
import { maximumDepth } from '../resolve.js'
import type { BtfArray, BtfComposite, BtfDatasec, BtfMember, BtfType } from '../types.js'
import type { FormatTree } from './format-tree.js'
import { baseNames, bytesNode, isOpaque, opaqueNode } from './opaque.js'
import type { Settings } from './options.js'
import { below, type Place, within } from './place.js'
import type { BitsNode, BooleanNode, EnumNode, Field, IntegerNode, Node } from './plan.js'
import { formatted } from './plan-format.js'
import { recordNode } from './plan-record.js'
import { bitsNode, enumNode, floatNode, type Integral, integerNode, isRegular, pointerNode } from './plan-scalar.js'

// Unions and arrays of empty structs decode to more values than they have bytes; nested ones could have up to 2^64.
const maximumValues = 2 ** 24

// Typedefs of include/uapi/linux/types.h that have a byte order of their own, independent of the machine's.
const ordered = new Map([
  ['__be16', false],
  ['__be32', false],
  ['__be64', false],
  ['__le16', true],
  ['__le32', true],
  ['__le64', true],
])

/** Plans the layout of a type. Throws BtfError for a type without values, or one whose description cannot be right. */
export class Planner {
  readonly #btf: Btf
  readonly #settings: Settings
  readonly #nodes = new Map<string, Node>()
  readonly #values = new Map<Node, number>()

  constructor(btf: Btf, settings: Settings) {
    this.#btf = btf
    this.#settings = settings
  }

  /**
   * Plans the requested type; with `size`, the type of a variable of that many bytes. Throws TypeError for a format of a field that it
   * lacks.
   */
  planRoot(id: number, size?: number): Node {
    const { formats } = this.#settings
    const place = { tail: true, depth: 0, trees: [formats.fields] }
    const node = size === undefined ? this.plan(id, place) : this.#variable(id, size, place)
    formats.check()
    return node
  }

  plan(id: number, place: Place): Node {
    let littleEndian = this.#settings.littleEndian
    let alias = ''
    const named: FormatTree[] = []
    const onName = (name: string) => {
      const tree = this.#settings.formats.types.get(name)
      if (tree) named.push(tree)
    }
    const type = this.#resolve(id, (name) => {
      littleEndian = ordered.get(name) ?? littleEndian
      alias = name
      onName(name)
    })
    onName(type.name)
    const trees = [...place.trees, ...named]
    for (const tree of trees) tree.used = true
    const key = `${type.id} ${littleEndian} ${place.tail} ${trees.map((tree) => tree.id)}`
    const known = this.#nodes.get(key)
    if (known) return known
    if (place.depth > maximumDepth)
      throw new BtfError(`holds itself, or more than ${maximumDepth} levels of others`, { type: id })
    const made = this.#make(type, type.name || alias, littleEndian, { ...place, trees })
    const node = this.#formatted(made, trees)
    this.#values.set(node, this.#count(node, type.id))
    this.#nodes.set(key, node)
    return node
  }

  /** The first tree that has a format decides. */
  #formatted(node: Node, trees: readonly FormatTree[]): Node {
    const tree = trees.find(({ format }) => format !== undefined)
    return tree?.format === undefined ? node : formatted(node, tree.format, tree.path)
  }

  #resolve(id: number, onTypedef: (name: string) => void): BtfType {
    const onPass = (passed: BtfType) => passed.kind === 'TYPEDEF' && onTypedef(passed.name)
    const type = this.#btf.resolve(id, onPass)
    return type.kind === 'VAR' ? this.#btf.resolve(type.type, onPass) : type
  }

  #make(type: BtfType, name: string, littleEndian: boolean, place: Place): Node {
    switch (type.kind) {
      case 'INT':
        if (!isRegular(type))
          throw new BtfError(`INT ${type.name} of ${type.bits} bits is only for bit-fields`, { type: type.id })
        return this.#integral(type, name, integerNode(type, littleEndian, this.#settings))
      case 'ENUM':
      case 'ENUM64':
        return this.#integral(type, name, integerNode(type, littleEndian, this.#settings))
      case 'PTR':
        return pointerNode(littleEndian)
      case 'FLOAT':
        return floatNode(type, littleEndian)
      case 'ARRAY':
        return this.#array(type, place)
      case 'STRUCT':
      case 'UNION':
        return this.#composite(type, name, place)
      case 'DATASEC':
        return this.#section(type, place)
      default:
        throw new BtfError(`${type.kind} ${type.name || '(anonymous)'} has no value to decode`, { type: type.id })
    }
  }

  #integral(
    type: Integral,
    name: string,
    raw: IntegerNode | BitsNode,
  ): IntegerNode | BitsNode | BooleanNode | EnumNode {
    if (type.kind !== 'INT') return enumNode(type, name, raw, this.#settings)
    return type.bool ? { kind: 'boolean', size: raw.size, raw } : raw
  }

  #array(type: BtfArray, { tail, depth, trees }: Place): Node {
    // A format applies to the array itself: only what is below it applies to the elements.
    const inner = trees.filter((tree) => tree.format === undefined)
    const element = this.plan(type.type, { tail: false, depth: depth + 1, trees: inner })
    const flexible = tail && type.length === 0 && element.size > 0
    const length = flexible ? undefined : type.length
    const size = element.size * type.length
    if (size > 0xffffffff)
      throw new BtfError(`an array of ${type.length} times ${element.size} bytes`, { type: type.id })

    const base = this.#btf.resolve(type.type)
    if (base.kind === 'INT' && element.kind === 'integer' && element.size === 1) {
      // Compilers mark `char` as signed or not at all, and never set the flag for `char`.
      const char = base.char || base.name === 'char'
      const text = char && this.#settings.charArrays === 'string'
      if (char || !base.signed) return { kind: 'bytes', size, length, char, text }
    }
    return { kind: 'array', size, length, element }
  }

  #composite(type: BtfComposite, name: string, place: Place): Node {
    // BTF does not describe what a Rust enum contains: as an object, it would lose everything.
    if (type.members.length === 0 && type.size > 0) return bytesNode(type.size)
    const union = type.kind === 'UNION'
    const last = type.members.length - 1
    // An array without a length that overlaps a member with a size is only a name for that position.
    const isTail = (i: number) => place.tail && (union ? type.size === 0 : i === last)
    const bases = baseNames(type, (member) => isOpaque(this.#btf, member.type))
    const members = type.members.flatMap((member, i) => {
      const named = { ...member, name: bases.get(member) ?? member.name }
      const plan = () => this.#member(type, named, { ...place, tail: isTail(i) })
      return within(named.name, plan) ?? []
    })
    return recordNode(name, type, members)
  }

  #section(type: BtfDatasec, place: Place): Node {
    const variables = type.variables.flatMap(({ type: id, offset, size }) => {
      const { kind, name } = this.#btf.type(id)
      return kind === 'VAR'
        ? [{ name, offset, node: within(name, () => this.#variable(id, size, below(place, name, false))) }]
        : []
    })
    return recordNode(type.name, type, variables)
  }

  /** Undefined for padding, which is a bit-field or member without a name. */
  #member(
    parent: BtfComposite,
    { name, type: id, bitOffset, bitfieldSize }: BtfMember,
    place: Place,
  ): Field | undefined {
    let alias = ''
    const type = this.#resolve(id, (typedef) => (alias = typedef))
    const inner = below(place, name, place.tail)
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
      for (const tree of inner.trees) tree.used = true
      const bits = bitsNode(type, start % 8, width, this.#settings)
      const node = this.#formatted(this.#integral(type, type.name || alias, bits), inner.trees)
      this.#values.set(node, 1)
      return { name, offset: Math.floor(start / 8), node }
    }
    if (bitOffset % 8 !== 0)
      throw new BtfError(`member ${name} of kind ${type.kind} begins at bit ${bitOffset}`, { type: parent.id })
    const node = this.#value(parent, { name, type: id, bitOffset, bitfieldSize }, inner)
    return name === '' && node.kind !== 'record' ? undefined : { name, offset: bitOffset / 8, node }
  }

  #value(parent: BtfComposite, member: BtfMember, place: Place): Node {
    if (!isOpaque(this.#btf, member.type)) return this.plan(member.type, place)
    return this.#opaque(opaqueNode(this.#btf, parent, member), place)
  }

  #variable(id: number, size: number, place: Place): Node {
    return isOpaque(this.#btf, id) ? this.#opaque(bytesNode(size), place) : this.plan(id, place)
  }

  #opaque(bytes: Node, { trees }: Place): Node {
    for (const tree of trees) tree.used = true
    const node = this.#formatted(bytes, trees)
    this.#values.set(node, 1)
    return node
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
