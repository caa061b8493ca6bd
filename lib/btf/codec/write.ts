import { types } from 'node:util'
import { isBytes, show } from '../../arguments.js'
import { addressWriter, customWriter } from './address.js'
import { inElement, wrongRange, wrongType } from './mismatch.js'
import type { ArrayNode, BytesNode, IntegerNode, Node } from './plan.js'
import { booleanWriter, enumWriter, floatWriter, integerWriter, type Writer } from './write-integer.js'
import { recordWriter } from './write-record.js'

const byte: IntegerNode = { kind: 'integer', size: 1, signed: false, littleEndian: true, form: 'number' }

/** Makes functions that check a value and write it to zeroed bytes. */
export class Writers {
  readonly #writers = new Map<Node, Writer>()

  of(node: Node): Writer {
    let writer = this.#writers.get(node)
    if (!writer) {
      writer = this.#make(node)
      this.#writers.set(node, writer)
    }
    return writer
  }

  #make(node: Node): Writer {
    switch (node.kind) {
      case 'integer':
      case 'bits':
        return integerWriter(node)
      case 'float':
        return floatWriter(node)
      case 'boolean':
        return booleanWriter(this.of(node.raw))
      case 'enum':
        return enumWriter(node, this.of(node.raw))
      case 'bytes':
        return bytesWriter(node, arrayWriter({ ...node, kind: 'array', element: byte }, this.of(byte)))
      case 'array':
        return arrayWriter(node, this.of(node.element))
      case 'record':
        return recordWriter(node, this)
      case 'address':
        return addressWriter(node)
      case 'custom':
        return customWriter(node)
    }
  }
}

function bytesWriter({ length, char }: BytesNode, writeList: Writer): Writer {
  return (value, view, offset) => {
    if (char && typeof value === 'string') {
      const bytes = Buffer.from(value)
      if (bytes.includes(0)) throw wrongRange(`${show(value)} holds a NUL, which would end it`)
      if (bytes.length > (length ?? bytes.length))
        throw wrongRange(`${show(value)} has ${bytes.length} bytes, more than ${length}`)
      room(view, offset, bytes.length).set(bytes)
    } else if (isBytes(value)) {
      checkLength(value.length, length)
      room(view, offset, value.length).set(value)
    } else if (Array.isArray(value)) {
      writeList(value, view, offset)
    } else {
      throw wrongType(`expected ${char ? 'a string or ' : ''}a Uint8Array, not ${show(value)}`)
    }
  }
}

function arrayWriter({ length, element }: ArrayNode, write: Writer): Writer {
  const { size } = element
  return (value, view, offset) => {
    if (!isList(value)) throw wrongType(`expected an array, not ${show(value)}`)
    checkLength(value.length, length)
    // The elements of a flexible array are after the bytes that the codec cleared.
    if (length === undefined) room(view, offset, value.length * size).fill(0)
    for (let i = 0; i < value.length; i++) {
      try {
        write(value[i], view, offset + i * size)
      } catch (error) {
        throw inElement(error, i)
      }
    }
  }
}

/** The bytes to write to. Throws if the view is too short for a flexible array. */
function room(view: DataView, offset: number, length: number): Uint8Array {
  const left = view.byteLength - offset
  if (length > left) throw wrongRange(`${length} bytes do not fit into the ${left} that are left`)
  return new Uint8Array(view.buffer, view.byteOffset + offset, length)
}

function checkLength(given: number, length: number | undefined): void {
  if (length !== undefined && given !== length) throw wrongRange(`expected ${length} elements, not ${given}`)
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !types.isDataView(value))
}
