import { type OptionNames, requireFunction, requireInstance, requireText } from '../arguments.js'
import { codecOptions } from '../btf/codec/options.js'
import { Btf, type CodecOptions, compileCodec } from '../btf/index.js'
import { didYouMean } from '../nearest.js'
import { recordBytes } from './record-bytes.js'
import { cursorOver, type RecordCursor } from './record-cursor.js'
import type { RecordDecoding } from './records.js'

/** How records are decoded. */
export interface RecordOptions<T> extends CodecOptions {
  /**
   * The C name of the records' struct, decoded with the object's BTF. Without it, a record is a `Uint8Array`: a copy whose `buffer` may
   * also hold other records. As with a `Buffer`, use `new DataView(record.buffer, record.byteOffset, record.length)`.
   */
  readonly type?: string
  /** A decoder of your own. The cursor is reused for the next record, so the result must not refer to it. */
  readonly decode?: (record: RecordCursor) => T
  /** The BTF in which `type` is looked up. Default: the map's. */
  readonly btf?: Btf
}

export const recordOptions: OptionNames<RecordOptions<unknown>> = {
  ...codecOptions,
  type: true,
  decode: true,
  btf: true,
}

/** `what` names the map in messages. */
export function decoderFor<T>(what: string, { type, decode, btf, ...options }: RecordOptions<T>): RecordDecoding<T> {
  // The other options may come from the object's `decode`, which applies to all of its maps; `fields` never does.
  if ((type === undefined || decode !== undefined) && options.fields !== undefined) {
    const why = decode === undefined ? 'which is missing' : "but 'decode' is given"
    throw new TypeError(`${what}: 'fields' are of the records' type, { type }, ${why}`)
  }
  if (decode !== undefined) return byCursor(requireFunction(decode, 'decode'))
  if (type === undefined) return recordBytes as RecordDecoding<T>
  const codec = compileCodec<T>(...requireType(what, type, btf), options)
  const { size } = codec
  return (view) => {
    const read = codec.over(view)
    return (offset, length) => {
      if (length < size) throw new RangeError(`${what}: a record of ${length} bytes is shorter than ${type}`)
      return read(offset, offset + length)
    }
  }
}

/** @throws {RangeError} if there is no such type. */
export function requireType(what: string, type: string, btf: Btf | undefined): [Btf, number] {
  requireText(type, 'type')
  if (btf !== undefined) requireInstance(btf, Btf, 'btf')
  const id = (btf?.findByName(type, 'STRUCT') ?? btf?.findByName(type))?.id
  if (btf && id !== undefined) return [btf, id]
  throw new RangeError(
    `${what}: the object's BTF has no type '${type}'${nearestType(type, btf) || '.'} clang leaves out what no map, global or function names: declare \`const struct ${type} *unused_${type} __attribute__((unused));\` in the program`,
  )
}

function nearestType(type: string, btf: Btf | undefined): string {
  const names = new Set(Array.from(btf?.types() ?? [], ({ name }) => name))
  names.delete('')
  return didYouMean(type, names, 1)
}

function byCursor<T>(decode: (record: RecordCursor) => T): RecordDecoding<T> {
  return (view, shown) => {
    const cursorAt = cursorOver(view, shown)
    return (offset, length) => decode(cursorAt(offset, length))
  }
}
