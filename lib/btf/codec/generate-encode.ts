import type { Field, IntegerNode, Node, RecordNode } from './plan.js'

/** Writes a value in full and returns true. Returns false for a value that it does not accept; bytes may be written even then. */
export type TryEncode = (value: unknown, view: DataView, offset: number) => boolean

const mostBytes = 256

/**
 * Generates JavaScript that encodes a plain value of a record: an object with all fields and no others, with integers in range and bytes
 * of the right length. It leaves any other value to the writers, which can explain what is wrong. Undefined for a type that has members of
 * other kinds. Throws EvalError if code generation is not allowed.
 */
export function generateEncode(node: Node): TryEncode | undefined {
  if (node.kind !== 'record' || node.size > mostBytes || !isPlain(node)) return undefined
  const generator = new EncodeGenerator()
  generator.record(node, 'value', 0)
  const zeros = gaps(node).map((at) => `view.setUint8(offset + ${at}, 0)`)
  const source = `'use strict'
const { hasOwn } = Object
return function encode(value, view, offset) {
${generator.lines.join('\n')}
${zeros.join('\n')}
return true
}`
  return new Function(source)() as TryEncode
}

/** Whether generated code can write the type: without bit-fields, unions, anonymous members or other forms. */
function isPlain(node: Node): boolean {
  switch (node.kind) {
    case 'integer':
      return node.size <= 8
    case 'bytes':
      return node.length !== undefined && !node.text
    case 'record':
      return (
        !node.union && node.members.length > 0 && node.members.every(({ name, node }) => name !== '' && isPlain(node))
      )
    default:
      return false
  }
}

/** The bytes that no member covers. */
function gaps(node: RecordNode): number[] {
  const covered = new Set<number>()
  const cover = ({ offset, node }: Pick<Field, 'offset' | 'node'>, base: number) => {
    if (node.kind === 'record') for (const member of node.members) cover(member, base + offset)
    else for (let i = 0; i < node.size; i++) covered.add(base + offset + i)
  }
  cover({ offset: 0, node }, 0)
  return Array.from({ length: node.size }, (_, at) => at).filter((at) => !covered.has(at))
}

class EncodeGenerator {
  readonly lines: string[] = []
  #values = 0

  /** Appends code that writes the value of the variable `value`, or returns false. */
  record({ members }: RecordNode, value: string, offset: number): void {
    const count = `count${this.#values++}`
    const cases = members.map(({ name }) => `case ${JSON.stringify(name)}:`).join(' ')
    this.lines.push(
      `if (typeof ${value} !== 'object' || ${value} === null) return false`,
      `let ${count} = 0`,
      `for (const name in ${value}) {
  if (!hasOwn(${value}, name)) return false
  switch (name) { ${cases} ${count} += 1; break; default: return false }
}`,
      `if (${count} !== ${members.length}) return false`,
    )
    for (const member of members) this.#member(member, value, offset)
  }

  #member({ name, offset, node }: Field, record: string, base: number): void {
    const value = `value${this.#values++}`
    const at = base + offset
    this.lines.push(`const ${value} = ${record}[${JSON.stringify(name)}]`)
    if (node.kind === 'record') this.record(node, value, at)
    else if (node.kind === 'bytes') this.#bytes(value, at, node.size)
    else if (node.kind === 'integer') this.lines.push(integer(node, value, at))
  }

  #bytes(value: string, at: number, size: number): void {
    this.lines.push(
      `if (!(${value} instanceof Uint8Array) || ${value}.length !== ${size}) return false`,
      `for (let i = 0; i < ${size}; i++) view.setUint8(offset + ${at} + i, ${value}[i])`,
    )
  }
}

/** Code that writes numbers in range, and bigints for 64 bits. */
function integer(node: IntegerNode, value: string, at: number): string {
  const { size, signed, littleEndian } = node
  const store = (kind: string, stored: string) => `view.set${kind}(offset + ${at}, ${stored}, ${littleEndian});`
  if (size === 8) {
    const [min, max] = signed ? ['-0x8000000000000000n', '0x7fffffffffffffffn'] : ['0n', '0xffffffffffffffffn']
    const kind = signed ? 'BigInt64' : 'BigUint64'
    return `if (typeof ${value} === 'bigint') {
  if (${value} < ${min} || ${value} > ${max}) return false
  ${store(kind, value)}
} else {
  if (!Number.isSafeInteger(${value})${signed ? '' : ` || ${value} < 0`}) return false
  ${store(kind, `BigInt(${value})`)}
}`
  }
  const bits = size * 8
  const kept = signed ? `${value} << ${32 - bits} >> ${32 - bits}` : `${value} << ${32 - bits} >>> ${32 - bits}`
  return `if (typeof ${value} !== 'number' || (${kept}) !== ${value}) return false
${store(`${signed ? 'Int' : 'Uint'}${bits}`, value)}`
}
