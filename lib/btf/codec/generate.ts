import { inElement, inField, settle } from './mismatch.js'
import type { ArrayNode, Node, RecordNode } from './plan.js'
import { ClosureReaders } from './read.js'
import { getterOf, type Reader } from './read-integer.js'

export type Decode = (view: DataView, offset: number, length?: number) => unknown

/** Returns where a record ends; throws when the view does not hold it. */
export type Limit = (view: DataView, offset: number, length?: number) => number

/**
 * Writes a decoder out as JavaScript: one function for each struct and array, every field's offset and width a
 * constant, every record an object literal. Only names come from the data, and only as JSON strings. Throws EvalError
 * where code may not be generated. `guarded`: see `Generator`.
 */
export function generateDecode(node: Node, limit: Limit, guarded: boolean): Decode {
  const generator = new Generator(guarded)
  const value = `return ${generator.expression(node, 'offset')}`
  const source = `'use strict'
${generator.functions.join('\n')}
return function decode(view, offset, length) {
const end = limit(view, offset, length)
${guarded ? `try { ${value} } catch (error) { throw settle(error) }` : value}
}`
  const bound = generator.bound.map((_, i) => `read${i}`)
  const make = new Function('limit', 'settle', 'inField', 'inElement', ...bound, source)
  return make(limit, settle, inField, inElement, ...generator.bound)
}

class Generator {
  /** Whether a field may turn out not to be exact as a number, so that the functions must know which. */
  readonly #guarded: boolean
  readonly functions: string[] = []
  /** Readers that the source refers to as `read0`, `read1`, … */
  readonly bound: Reader[] = []
  readonly #closures = new ClosureReaders()
  readonly #calls = new Map<Node, string>()

  constructor(guarded: boolean) {
    this.#guarded = guarded
  }

  /** JavaScript for the value of `node` at the offset that the expression `at` tells. */
  expression(node: Node, at: string): string {
    if (node.kind === 'integer' || node.kind === 'float') {
      const getter = getterOf(node)
      if (getter) return `view.${getter}(${at}, ${node.littleEndian})`
    }
    return `${this.#call(node)}(view, ${at}, end)`
  }

  #call(node: Node): string {
    let name = this.#calls.get(node)
    if (name === undefined) {
      name = this.#define(node)
      this.#calls.set(node, name)
    }
    return name
  }

  #define(node: Node): string {
    if (node.kind === 'record') return this.#function(this.#record(node))
    if (node.kind === 'array') return this.#function(this.#array(node))
    return `read${this.bound.push(this.#closures.of(node)) - 1}`
  }

  #function(body: string): string {
    const name = `value${this.functions.length}`
    this.functions.push(`function ${name}(view, offset, end) {\n${body}\n}`)
    return name
  }

  #record(node: RecordNode): string {
    const fields = node.fields.map((field, i) => {
      const value = this.expression(field.node, `offset + ${field.offset}`)
      return `${keyOf(field.name)}: ${this.#guarded ? `(field = ${i}, ${value})` : value}`
    })
    const record = `return { ${fields.join(', ')} }`
    if (!this.#guarded) return record
    const names = JSON.stringify(node.fields.map((field) => field.name))
    return `let field = 0\ntry { ${record} } catch (error) { throw inField(error, ${names}[field]) }`
  }

  #array({ element, length }: ArrayNode): string {
    const loop = `for (; i < count; i++) values.push(${this.expression(element, `offset + i * ${element.size}`)})`
    return `const values = []
const count = ${length ?? `Math.floor((end - offset) / ${element.size})`}
let i = 0
${this.#guarded ? `try { ${loop} } catch (error) { throw inElement(error, i) }` : loop}
return values`
  }
}

/**
 * `__proto__: value` would set the prototype; as a computed key it is a property like others, which V8 makes faster
 * when plain.
 */
const keyOf = (name: string): string => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name))
