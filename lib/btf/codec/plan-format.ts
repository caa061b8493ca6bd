import { show } from '../../arguments.js'
import type { FieldCodec, FieldFormat } from './formats.js'
import type { AddressNode, ArrayNode, BitsNode, EnumNode, IntegerNode, Node } from './plan.js'
import { isFlexible } from './plan.js'
import { enumNames } from './plan-scalar.js'

/** The node that decodes to what `format` says. Throws TypeError if it does not fit. `path` is for the message. */
export function formatted(node: Node, format: FieldFormat | FieldCodec, path: string): Node {
  const fitting = apply(node, format)
  if (fitting) return fitting
  const what = path === '' ? 'the value' : `'${path}'`
  throw new TypeError(
    `${what} cannot be decoded as ${typeof format === 'string' ? format : show(format)}: ${describe(node)}`,
  )
}

function apply(node: Node, format: FieldFormat | FieldCodec): Node | undefined {
  if (typeof format !== 'string' || format === 'bytes') return node.kind === 'bits' ? undefined : whole(node, format)
  const list = asArray(node)
  const own = format === 'string' ? textOf(node) : isAddress(format) ? addressOf(node, format) : scalarOf(node, format)
  if (own || !list) return own
  const element = apply(list.element, format)
  return element && { ...list, element }
}

function whole(node: Node, format: 'bytes' | FieldCodec): Node {
  const { size } = node
  const length = isFlexible(node) ? undefined : size
  if (format === 'bytes') return { kind: 'bytes', size, length, char: false, text: false }
  return { kind: 'custom', size, length, codec: format }
}

function textOf(node: Node): Node | undefined {
  if (node.kind === 'bytes') return { ...node, char: true, text: true }
  if (node.kind !== 'array' || node.element.kind !== 'integer' || node.element.size !== 1) return undefined
  return { kind: 'bytes', size: node.size, length: node.length, char: true, text: true }
}

const addressSizes: Readonly<Record<AddressNode['format'], number>> = { ipv4: 4, ipv6: 16, ip: 16, mac: 6 }

const isAddress = (format: FieldFormat): format is AddressNode['format'] => Object.hasOwn(addressSizes, format)

function addressOf({ kind, size }: Node, format: AddressNode['format']): Node | undefined {
  return kind !== 'bits' && size === addressSizes[format] ? { kind: 'address', size, format } : undefined
}

function scalarOf(node: Node, format: FieldFormat): Node | undefined {
  switch (format) {
    case 'number':
    case 'bigint':
      return numberOf(node, format)
    case 'boolean':
      return node.kind === 'integer' || node.kind === 'bits'
        ? { kind: 'boolean', size: node.size, raw: node }
        : undefined
    case 'enum':
      return node.kind === 'enum' ? { ...node, names: enumNames(node.values, node.raw.form) } : undefined
    case 'big-endian':
    case 'little-endian':
      return ordered(node, format === 'little-endian')
    default:
      return undefined
  }
}

function numberOf(node: Node, format: 'number' | 'bigint'): Node | undefined {
  if (node.kind === 'boolean') return numberOf(node.raw, format)
  if (node.kind === 'enum') {
    const raw = numberOf(node.raw, format) as EnumNode['raw'] | undefined
    return raw && { ...node, raw, names: undefined }
  }
  if (node.kind !== 'integer' && node.kind !== 'bits') return undefined
  const bits = bitsOf(node)
  if (format === 'bigint') return bits > 32 ? { ...node, form: 'bigint' } : undefined
  return bits > 64 ? undefined : { ...node, form: bits > 32 ? 'safe' : 'number' }
}

function ordered(node: Node, littleEndian: boolean): Node | undefined {
  if (node.kind === 'integer' || node.kind === 'float') return { ...node, littleEndian }
  if ((node.kind === 'enum' || node.kind === 'boolean') && node.raw.kind === 'integer')
    return { ...node, raw: { ...node.raw, littleEndian } }
  return undefined
}

const bitsOf = (node: IntegerNode | BitsNode): number => (node.kind === 'bits' ? node.width : node.size * 8)

/** The node as an array of numbers, also if it is an array of bytes, which decodes to a Uint8Array. */
function asArray(node: Node): ArrayNode | undefined {
  if (node.kind === 'array') return node
  if (node.kind !== 'bytes') return undefined
  const element: IntegerNode = { kind: 'integer', size: 1, signed: false, littleEndian: true, form: 'number' }
  return { kind: 'array', size: node.size, length: node.length, element }
}

function describe(node: Node): string {
  if (node.kind === 'bits') return `it is a bit-field of ${node.width} bits`
  if (node.kind === 'record' || node.kind === 'enum') return `it is ${node.label}, of ${node.size} bytes`
  return `it is of kind ${node.kind} and has ${node.size} bytes`
}

/** Whether decoding may throw because of a value: a number that would be rounded. */
export function mayThrow(node: Node, seen = new Map<Node, boolean>()): boolean {
  const known = seen.get(node)
  if (known !== undefined) return known
  const throws = children(node).some((child) => mayThrow(child, seen)) || ('form' in node && node.form === 'safe')
  seen.set(node, throws)
  return throws
}

function children(node: Node): readonly Node[] {
  if (node.kind === 'record') return node.fields.map((field) => field.node)
  if (node.kind === 'array') return [node.element]
  return node.kind === 'enum' || node.kind === 'boolean' ? [node.raw] : []
}
