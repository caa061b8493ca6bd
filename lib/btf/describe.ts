import { requireFunction, requireObject } from '../arguments.js'
import type { TypeSource } from './resolve.js'
import type { BtfMember, BtfType } from './types.js'

// Enough for any declaration that people read, and a limit for types that contain each other many times.
const maximumDepth = 16
const maximumParts = 4096

/** Writes a type as a C declaration: with the members of a struct, and the type behind a typedef. */
export function describeType(btf: TypeSource, id: number): string {
  requireFunction(requireObject(btf, 'btf').type, 'btf.type')
  const writer = new Writer(btf)
  const type = btf.type(id)
  switch (type.kind) {
    case 'STRUCT':
    case 'UNION':
    case 'ENUM':
    case 'ENUM64':
      return writer.definition(type, '', 0)
    case 'TYPEDEF':
      return `typedef ${writer.declare(type.type, type.name, '', 0)}`
    case 'FUNC':
    case 'VAR':
      return `${type.linkage === 'global' ? '' : `${type.linkage} `}${writer.declare(type.type, type.name, '', 0)}`
    case 'DATASEC':
      return `section ${type.name}`
    case 'DECL_TAG':
      return `__attribute__((btf_decl_tag(${JSON.stringify(type.name)})))`
    case 'UNKNOWN':
      return `BTF kind ${type.number}`
    default:
      return writer.declare(id, '', '', 0)
  }
}

class Writer {
  readonly #btf: TypeSource
  #parts = 0

  constructor(btf: TypeSource) {
    this.#btf = btf
  }

  /** C writes a type around the declared name: `inner` is the declaration so far. */
  declare(id: number, inner: string, indent: string, depth: number): string {
    if (depth > maximumDepth || ++this.#parts > maximumParts) return `... ${inner}`.trim()
    const type = this.#btf.type(id)
    const around = (target: number, text: string) => this.declare(target, text, indent, depth + 1)
    switch (type.kind) {
      case 'PTR':
        return around(type.type, `*${inner}`)
      case 'CONST':
      case 'VOLATILE':
      case 'RESTRICT':
        return this.#qualify(type.kind.toLowerCase(), type.type, inner, around)
      case 'TYPE_TAG':
        return around(type.type, inner)
      case 'ARRAY':
        return around(type.type, `${bracket(inner)}[${type.length}]`)
      case 'FUNC_PROTO': {
        const parameters = type.parameters.map((p) => (p.type === 0 ? '...' : around(p.type, p.name)))
        return around(type.type, `${bracket(inner)}(${parameters.join(', ') || 'void'})`)
      }
      default:
        return `${this.#specifier(type, indent, depth)} ${inner}`.trimEnd()
    }
  }

  /** `const int x`, but `int *const x`. */
  #qualify(word: string, target: number, inner: string, around: (target: number, text: string) => string): string {
    const pointer = this.#btf.type(target).kind === 'PTR'
    return pointer ? around(target, `${word} ${inner}`.trimEnd()) : `${word} ${around(target, inner)}`
  }

  #specifier(type: BtfType, indent: string, depth: number): string {
    switch (type.kind) {
      case 'VOID':
        return 'void'
      case 'FWD':
        return `${type.of} ${type.name}`
      case 'STRUCT':
      case 'UNION':
      case 'ENUM':
      case 'ENUM64':
        return type.name === '' ? this.definition(type, indent, depth) : `${keyword(type)} ${type.name}`
      default:
        return type.name
    }
  }

  definition(type: BtfType & { kind: 'STRUCT' | 'UNION' | 'ENUM' | 'ENUM64' }, indent: string, depth: number): string {
    const head = `${keyword(type)} ${type.name}`.trimEnd()
    const deeper = `${indent}  `
    const line = ({ type, name, bitfieldSize }: BtfMember) =>
      `${deeper}${this.declare(type, name, deeper, depth + 1)}${bitfieldSize ? ` : ${bitfieldSize}` : ''};`
    const lines =
      'members' in type ? type.members.map(line) : type.values.map(({ name, value }) => `${deeper}${name} = ${value},`)
    return `${head} {\n${lines.map((text) => `${text}\n`).join('')}${indent}}`
  }
}

const keyword = (type: BtfType): string => (type.kind === 'ENUM64' ? 'enum' : type.kind.toLowerCase())

/** `(*name)` before `[]` or `()`, which bind more tightly. */
const bracket = (inner: string): string => (inner.startsWith('*') ? `(${inner})` : inner)
