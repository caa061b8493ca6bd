import type { EnumNode, Node, RecordNode } from '../btf/codec/plan.js'
import { comment, literal, property, typeName } from './names.js'

/** The line width for Biome and Prettier, as this package sets it. */
export const lineWidth = 120

// Type names that the output uses, or that a reader would take for JavaScript's own.
const taken = ['Array', 'BigInt', 'Boolean', 'Function', 'Map', 'Number', 'Object', 'Record', 'String', 'Uint8Array']

/**
 * Writes the TypeScript types of decoded values, from the same plan that the codecs are made from, so that the two cannot differ. Structs
 * and enums become declarations, each after those that it refers to.
 */
export class TypeWriter {
  readonly declarations: string[] = []
  readonly #written = new Map<Node, string>()
  /** What was declared already, by its requested name and its body. */
  readonly #known = new Map<string, string>()
  readonly #names: Set<string>

  constructor(reserved: readonly string[]) {
    this.#names = new Set([...taken, ...reserved])
  }

  /** `context` names the type if C does not. */
  typeOf(node: Node, context: string): string {
    switch (node.kind) {
      case 'integer':
      case 'bits':
        return node.form === 'bigint' ? 'bigint' : 'number'
      case 'float':
        return 'number'
      case 'boolean':
        return 'boolean'
      case 'bytes':
        return node.text ? 'string' : 'Uint8Array'
      case 'address':
        return 'string'
      case 'custom':
        return 'unknown'
      case 'array':
        return `${this.typeOf(node.element, context)}[]`
      case 'enum':
        return this.#named(node, context, () => enumeration(node, this.typeOf(node.raw, context)))
      case 'record':
        return this.#named(node, context, (name) => this.#record(node, name))
    }
  }

  #named(node: EnumNode | RecordNode, context: string, write: (name: string) => Declaration): string {
    const known = this.#written.get(node)
    if (known !== undefined) return known
    const wanted = typeName(node.name || context)
    const declaration = write(wanted)
    const key = `${wanted} ${declaration.comment} ${declaration.body}`
    const name = this.#known.get(key) ?? this.#unique(wanted)
    if (!this.#known.has(key)) this.declarations.push(`${declaration.comment}\nexport ${declaration.declare(name)}`)
    this.#known.set(key, name)
    this.#written.set(node, name)
    return name
  }

  #record({ fields, label, size, union }: RecordNode, name: string): Declaration {
    const lines = fields.map(
      (field) => `  ${property(field.name)}: ${this.typeOf(field.node, `${name}_${field.name}`)}\n`,
    )
    const body = lines.join('')
    const hint = union ? ' To write it, one of its members is enough.' : ''
    return {
      body,
      comment: comment(`\`${label}\`, ${size} bytes.${hint}`),
      declare: (name) => (body === '' ? `type ${name} = Record<never, never>` : `interface ${name} {\n${body}}`),
    }
  }

  #unique(wanted: string): string {
    let name = wanted
    for (let i = 2; this.#names.has(name); i++) name = `${wanted}${i}`
    this.#names.add(name)
    return name
  }
}

interface Declaration {
  readonly body: string
  readonly comment: string
  declare(name: string): string
}

/** A value without a name is always a number. */
function enumeration({ label, values, names }: EnumNode, raw: string): Declaration {
  const list = [...values].map(([name, value]) => `- ${name} = ${value}`)
  const parts = names ? [...values.keys()].map(literal).concat(raw) : [raw]
  const body = parts.join(' | ')
  return {
    body,
    comment: comment(`\`${label}\``, ...list),
    declare: (name) => {
      const line = `type ${name} = ${body}`
      if (parts.length === 1 || line.length + 'export '.length <= lineWidth) return line
      return `type ${name} =\n${parts.map((part) => `  | ${part}`).join('\n')}`
    },
  }
}
