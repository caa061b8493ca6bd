import { narrowBitsReader, wideBitsReader } from './bits.js'
import { wrongRange } from './mismatch.js'
import type { BitsNode, FloatNode, IntegerNode } from './plan.js'

/** `end` is the end of the record; only flexible arrays use it. */
export type Reader = (view: DataView, offset: number, end: number) => unknown

type Getter =
  | 'getInt8'
  | 'getUint8'
  | 'getInt16'
  | 'getUint16'
  | 'getInt32'
  | 'getUint32'
  | 'getBigInt64'
  | 'getBigUint64'
  | 'getFloat32'
  | 'getFloat64'

/** The DataView method that reads the value directly; undefined if there is none. */
export function getterOf(node: IntegerNode | FloatNode): Getter | undefined {
  if (node.kind === 'float') return node.size === 4 ? 'getFloat32' : 'getFloat64'
  const bits = node.size * 8
  if (bits === 128 || node.form === 'safe') return undefined
  return `get${bits === 64 ? 'Big' : ''}${node.signed ? 'Int' : 'Uint'}${bits}` as Getter
}

export function integerReader(node: IntegerNode | FloatNode): Reader {
  const getter = getterOf(node)
  const { littleEndian } = node
  if (getter) return (view, offset) => view[getter](offset, littleEndian)
  return node.size === 16 ? reader128(node as IntegerNode) : safeReader(node as IntegerNode)
}

export function bitsReader(node: BitsNode): Reader {
  if (node.form === 'number') return narrowBitsReader(node)
  const read = wideBitsReader(node)
  return node.form === 'bigint' ? read : (view, offset) => exactNumber(read(view, offset))
}

function reader128({ signed, littleEndian }: IntegerNode): Reader {
  const high = littleEndian ? 8 : 0
  const top = signed ? 'getBigInt64' : 'getBigUint64'
  return (view, offset) =>
    (view[top](offset + high, littleEndian) << 64n) | view.getBigUint64(offset + 8 - high, littleEndian)
}

/** Reads 64 bits as a number without creating a bigint, except to report a value that is too large. */
function safeReader({ signed, littleEndian }: IntegerNode): Reader {
  const high = littleEndian ? 4 : 0
  return (view, offset) => {
    const top = signed ? view.getInt32(offset + high, littleEndian) : view.getUint32(offset + high, littleEndian)
    const value = top * 2 ** 32 + view.getUint32(offset + 4 - high, littleEndian)
    if (Number.isSafeInteger(value)) return value
    return exactNumber(signed ? view.getBigInt64(offset, littleEndian) : view.getBigUint64(offset, littleEndian))
  }
}

function exactNumber(value: bigint): number {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw wrongRange(`${value} is not exact as a number, whose limit is 2^53 - 1: decode it with int64: 'bigint'`)
}
