import { show } from '../../arguments.js'
import { bitsWriter } from './bits.js'
import { wrongRange, wrongType } from './mismatch.js'
import type { BitsNode, EnumNode, FloatNode, IntegerNode } from './plan.js'

export type Writer = (value: unknown, view: DataView, offset: number) => void

/** Writes a number or bigint after checking that it is an integer in range. */
export function integerWriter(node: IntegerNode | BitsNode): Writer {
  const bits = node.kind === 'bits' ? node.width : node.size * 8
  const [min, max] = rangeOf(node.signed, bits)
  const type = `${node.signed ? 's' : 'u'}${bits}`
  const store = node.kind === 'bits' ? bitsWriter(node) : storeOf(node)
  return (value, view, offset) => {
    if (typeof value === 'number') {
      if (!Number.isInteger(value)) throw wrongRange(`${value} is not an integer`)
      if (!Number.isSafeInteger(value) && bits > 53) throw wrongRange(`${value} is not exact as a number: use a bigint`)
    } else if (typeof value !== 'bigint') {
      throw wrongType(`expected an integer (${type}), not ${show(value)}`)
    }
    if (value < min || value > max) throw wrongRange(`${value} is out of range for ${type} (${min} to ${max})`)
    store(value, view, offset)
  }
}

/** Limits as numbers if they are exact, because comparing a number with a bigint is slow. */
function rangeOf(signed: boolean, bits: number): [min: number | bigint, max: number | bigint] {
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n
  const max = (1n << BigInt(signed ? bits - 1 : bits)) - 1n
  return bits <= 53 ? [Number(min), Number(max)] : [min, max]
}

// For a value in range, signedness makes no difference: setUint16(-1) stores the same as setInt16(-1).
function storeOf({
  size,
  littleEndian,
}: IntegerNode): (value: number | bigint, view: DataView, offset: number) => void {
  switch (size) {
    case 1:
      return (value, view, offset) => view.setUint8(offset, Number(value))
    case 2:
      return (value, view, offset) => view.setUint16(offset, Number(value), littleEndian)
    case 4:
      return (value, view, offset) => view.setUint32(offset, Number(value), littleEndian)
    case 8:
      return (value, view, offset) => view.setBigUint64(offset, BigInt(value), littleEndian)
    case 16:
      return (value, view, offset) => {
        const high = littleEndian ? 8 : 0
        view.setBigUint64(offset + high, BigInt(value) >> 64n, littleEndian)
        view.setBigUint64(offset + 8 - high, BigInt(value), littleEndian)
      }
  }
}

export function floatWriter({ size, littleEndian }: FloatNode): Writer {
  return (value, view, offset) => {
    if (typeof value !== 'number') throw wrongType(`expected a number, not ${show(value)}`)
    if (size === 8) return view.setFloat64(offset, value, littleEndian)
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw wrongRange(`${value} is out of range for a float`)
    view.setFloat32(offset, value, littleEndian)
  }
}

export function booleanWriter(write: Writer): Writer {
  return (value, view, offset) => {
    if (typeof value !== 'boolean') throw wrongType(`expected a boolean, not ${show(value)}`)
    write(value ? 1 : 0, view, offset)
  }
}

/** Writes the value of an enumerator's name, or a number, which need not have a name. */
export function enumWriter({ label, values }: EnumNode, write: Writer): Writer {
  return (value, view, offset) => {
    if (typeof value !== 'string') return write(value, view, offset)
    const number = values.get(value)
    if (number === undefined) throw wrongRange(`${show(value)} is not in ${label}`)
    write(number, view, offset)
  }
}
