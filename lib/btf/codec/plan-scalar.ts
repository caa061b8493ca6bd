import { BtfError } from '../error.js'
import { pointerSize } from '../resolve.js'
import type { BtfEnum, BtfEnum64, BtfFloat, BtfInt } from '../types.js'
import type { Settings } from './options.js'
import type { BitsNode, EnumNode, FloatNode, Form, IntegerNode } from './plan.js'

/** Whether an INT fills its bytes. Old compilers gave bit-fields their own INT, which does not. */
export const isRegular = (type: BtfInt): boolean => type.bitOffset === 0 && type.bits === type.size * 8

/** The types that an integer or a bit-field can have. */
export type Integral = BtfInt | BtfEnum | BtfEnum64

const formOf = (bits: number, settings: Settings): Form => {
  if (bits <= 32) return 'number'
  return settings.int64 === 'number' && bits <= 64 ? 'safe' : 'bigint'
}

export function integerNode(type: Integral, littleEndian: boolean, settings: Settings): IntegerNode {
  const { size } = type
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8 && size !== 16) {
    throw new BtfError(`${type.kind} ${type.name} has ${size} bytes, which no integer has`, { type: type.id })
  }
  return { kind: 'integer', size, signed: type.signed, littleEndian, form: formOf(size * 8, settings) }
}

/** A bit-field of `width` bits that starts `shift` bits into its first byte. */
export function bitsNode(type: Integral, shift: number, width: number, settings: Settings): BitsNode {
  const size = Math.ceil((shift + width) / 8)
  const form = formOf(width, settings)
  return { kind: 'bits', size, shift, width, signed: type.signed, littleEndian: settings.littleEndian, form }
}

export function pointerNode(littleEndian: boolean): IntegerNode {
  return { kind: 'integer', size: pointerSize, signed: false, littleEndian, form: 'bigint' }
}

export function floatNode({ size, name, id }: BtfFloat, littleEndian: boolean): FloatNode {
  if (size === 4 || size === 8) return { kind: 'float', size, littleEndian }
  throw new BtfError(`FLOAT ${name} has ${size} bytes; only those of 4 and 8 can be decoded`, { type: id })
}

export function enumNode(
  type: BtfEnum | BtfEnum64,
  name: string,
  raw: IntegerNode | BitsNode,
  settings: Settings,
): EnumNode {
  const values = new Map<string, number | bigint>(type.values.map((enumerator) => [enumerator.name, enumerator.value]))
  const label = `enum ${name || '(anonymous)'}`
  const names = settings.enums === 'name' ? enumNames(values, raw.form) : undefined
  return { kind: 'enum', size: raw.size, name, label, raw, values, names }
}

/** If a value has several names, it decodes to the first. */
export function enumNames(values: EnumNode['values'], form: Form): ReadonlyMap<number | bigint, string> {
  const names = new Map<number | bigint, string>()
  for (const [name, value] of values) {
    const decoded = form === 'bigint' ? BigInt(value) : Number(value)
    if (!names.has(decoded)) names.set(decoded, name)
  }
  return names
}
