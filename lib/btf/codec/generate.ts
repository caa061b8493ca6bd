import { inElement, inField, settle } from './mismatch.js'
import type { ArrayNode, Node, RecordNode } from './plan.js'
import { ClosureReaders } from './read.js'
import { getterOf, type Reader } from './read-integer.js'

export type Decode = (view: DataView, offset: number, length?: number) => unknown

/** Returns where a record ends; throws if the view does not hold it. */
export type Limit = (view: DataView, offset: number, length?: number) => number

/** Reads the record from `offset` to `end` of one view, which holds it. */
export type ReadAt = (offset: number, end: number) => unknown

/**
 * Generates a decoder as JavaScript: one function per struct and array, the offset and width of each field as constants, and an object
 * literal per record. Only names come from the data, and only as JSON strings. Throws EvalError if code generation is not allowed.
 * `guarded`: see `Generator`.
 */
export function generateDecode(node: Node, limit: Limit, guarded: boolean): Decode {
  const generator = new Generator(guarded, false)
  const value = `return ${generator.expression(node, 'offset')}`
  return generator.build(
    `return function decode(view, offset, length) {
const end = limit(view, offset, length)
${guarded ? `try { ${value} } catch (error) { throw settle(error) }` : value}
}`,
    limit,
  ) as Decode
}

/** The same for records of one view, unchecked: the view is a constant, and so is an array over its 64-bit integers. */
export function generateOver(node: Node, guarded: boolean): (view: DataView) => ReadAt {
  const generator = new Generator(guarded, true)
  const value = `return ${generator.expression(node, 'offset')}`
  return generator.build(`return function read(offset, end) {
${guarded ? `try { ${value} } catch (error) { throw settle(error) }` : value}
}`) as (view: DataView) => ReadAt
}

const machineIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

const words = `const aligned = view.byteOffset % 8 === 0
const unsigned = aligned ? new BigUint64Array(view.buffer, view.byteOffset, view.byteLength >>> 3) : undefined
const signed = aligned ? new BigInt64Array(view.buffer, view.byteOffset, view.byteLength >>> 3) : undefined`

class Generator {
  /** Whether a field may not be exact as a number, so that the functions must track which field they decode. */
  readonly #guarded: boolean
  /** Whether the view is a constant of the functions instead of an argument. */
  readonly #over: boolean
  readonly #functions: string[] = []
  /** Readers that the code refers to as `read0`, `read1`, … */
  readonly #bound: Reader[] = []
  readonly #closures = new ClosureReaders()
  readonly #calls = new Map<Node, string>()

  constructor(guarded: boolean, over: boolean) {
    this.#guarded = guarded
    this.#over = over
  }

  /** Runs the source together with the functions. Returns what its `return` returns, or a function that does so for a view. */
  build(source: string, limit?: Limit): unknown {
    const body = `${this.#functions.join('\n')}\n${source}`
    const over = `return function over(view) {\n${words}\n${body}\n}`
    const bound = this.#bound.map((_, i) => `read${i}`)
    const code = `'use strict'\n${this.#over ? over : body}`
    const make = new Function('limit', 'settle', 'inField', 'inElement', ...bound, code)
    return make(limit, settle, inField, inElement, ...this.#bound)
  }

  /** The JavaScript for the value of `node` at the offset given by the expression `at`. */
  expression(node: Node, at: string): string {
    if (node.kind === 'integer' || node.kind === 'float') {
      const getter = getterOf(node)
      if (getter) return this.#get(getter, at, node.littleEndian)
    }
    const call = this.#call(node)
    const view = this.#over && !call.startsWith('read') ? '' : 'view, '
    return `${call}(${view}${at}, end)`
  }

  /** V8 calls a function to read a BigInt from a DataView, but loads one from an array inline, in half the time. */
  #get(getter: string, at: string, littleEndian: boolean): string {
    const get = `view.${getter}(${at}, ${littleEndian})`
    const array = { getBigUint64: 'unsigned', getBigInt64: 'signed' }[getter]
    if (!this.#over || !array || littleEndian !== machineIsLittleEndian) return get
    return `(((${at}) & 7) === 0 && ${array} !== undefined ? ${array}[(${at}) >>> 3] : ${get})`
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
    return `read${this.#bound.push(this.#closures.of(node)) - 1}`
  }

  #function(body: string): string {
    const name = `value${this.#functions.length}`
    this.#functions.push(`function ${name}(${this.#over ? '' : 'view, '}offset, end) {\n${body}\n}`)
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
 * `__proto__: value` would set the prototype; as a computed key, it is an ordinary property. Other keys are not computed, which is faster
 * in V8.
 */
const keyOf = (name: string): string => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name))
