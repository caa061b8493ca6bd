import { addressReader, customReader } from './address.js'
import { inElement, inField } from './mismatch.js'
import type { ArrayNode, BytesNode, EnumNode, Node, RecordNode } from './plan.js'
import { bitsReader, integerReader, type Reader } from './read-integer.js'

/**
 * Makes readers from closures: the whole decoder if code generation is not allowed, otherwise only its rarely used parts.
 */
export class ClosureReaders {
  readonly #readers = new Map<Node, Reader>()

  of(node: Node): Reader {
    let reader = this.#readers.get(node)
    if (!reader) {
      reader = this.#make(node)
      this.#readers.set(node, reader)
    }
    return reader
  }

  #make(node: Node): Reader {
    switch (node.kind) {
      case 'integer':
      case 'float':
        return integerReader(node)
      case 'bits':
        return bitsReader(node)
      case 'boolean': {
        const read = this.of(node.raw)
        return (view, offset, end) => Number(read(view, offset, end)) !== 0
      }
      case 'enum':
        return enumReader(node, this.of(node.raw))
      case 'bytes':
        return node.text ? textReader(node) : bytesReader(node)
      case 'array':
        return arrayReader(node, this.of(node.element))
      case 'record':
        return this.#record(node)
      case 'address':
        return addressReader(node)
      case 'custom':
        return customReader(node)
    }
  }

  #record(node: RecordNode): Reader {
    const fields = node.fields.map((field) => ({ ...field, read: this.of(field.node) }))
    return (view, offset, end) => {
      const record: Record<string, unknown> = {}
      for (const field of fields) {
        try {
          define(record, field.name, field.read(view, offset + field.offset, end))
        } catch (error) {
          throw inField(error, field.name)
        }
      }
      return record
    }
  }
}

/** Assigning to `__proto__` would call the setter of Object.prototype. */
function define(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') record[name] = value
  else Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true })
}

function enumReader({ names }: EnumNode, read: Reader): Reader {
  if (!names) return read
  return (view, offset, end) => {
    const value = read(view, offset, end) as number | bigint
    return names.get(value) ?? value
  }
}

// Up to this many bytes, a loop is faster than creating a second view of the same memory.
const shortBytes = 64

function bytesReader({ length }: BytesNode): Reader {
  return (view, offset, end) => {
    const count = length ?? end - offset
    if (count > shortBytes) return new Uint8Array(view.buffer, view.byteOffset + offset, count).slice()
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i++) bytes[i] = view.getUint8(offset + i)
    return bytes
  }
}

function textReader({ length }: BytesNode): Reader {
  return (view, offset, end) => {
    const count = length ?? end - offset
    let ascii = ''
    for (let i = 0; i < Math.min(count, shortBytes); i++) {
      const byte = view.getUint8(offset + i)
      if (byte === 0) return ascii
      if (byte > 0x7f) break
      ascii += String.fromCharCode(byte)
    }
    const bytes = Buffer.from(view.buffer, view.byteOffset + offset, count)
    const nul = bytes.indexOf(0)
    return bytes.toString('utf8', 0, nul < 0 ? count : nul)
  }
}

function arrayReader({ length, element }: ArrayNode, read: Reader): Reader {
  const { size } = element
  return (view, offset, end) => {
    const count = length ?? Math.floor((end - offset) / size)
    const values: unknown[] = []
    for (let i = 0; i < count; i++) {
      try {
        values.push(read(view, offset + i * size, end))
      } catch (error) {
        throw inElement(error, i)
      }
    }
    return values
  }
}
