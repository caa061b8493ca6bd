import { types } from 'node:util'
import { requireInstance, requireOptions, show } from '../../arguments.js'
import { Btf, type DataVariable } from '../btf.js'
import { type Decode, generateDecode, generateOver, type Limit, type ReadAt } from './generate.js'
import { generateEncode, type TryEncode } from './generate-encode.js'
import { settle } from './mismatch.js'
import { type CodecOptions, codecOptions, settingsOf } from './options.js'
import { isFlexible, minimumOf, type Node } from './plan.js'
import { mayThrow } from './plan-format.js'
import { Planner } from './planner.js'
import { ClosureReaders } from './read.js'
import type { Reader } from './read-integer.js'
import { Writers } from './write.js'

/** Converts the bytes of a type to a JavaScript value and back. */
export interface Codec<T = unknown> {
  /** The size of the type, as C's `sizeof`: without the elements of a flexible array at the end. */
  readonly size: number
  /** Whether the type ends in a flexible array, C's `__u8 data[]`. */
  readonly flexible: boolean
  /**
   * Decodes the record at `offset`. It has `length` bytes, by default `size`; for a flexible type, `length` is required. The value shares
   * no memory with the view. Throws RangeError if there are too few bytes, or if `int64: 'number'` meets a value that is not exact as a
   * number.
   */
  decode(view: DataView, offset: number, length?: number): T
  /**
   * Writes `value` to the bytes at `offset`, with zeros as padding. Throws TypeError for a field that is missing, unknown or of the wrong
   * type, and RangeError for a value that does not fit. The error has the path of the field; the content of the bytes is then undefined.
   */
  encode(value: T, view: DataView, offset: number): void
  /**
   * @internal Decodes many records of one view, from `offset` to `end`, faster and unchecked: the caller guarantees that the view holds
   * them and that they are not too short.
   */
  over(view: DataView): (offset: number, end: number) => T
}

/** Makes the functions that decode and encode a type. `guarded`: whether decoding may throw because of a value. */
export interface CodecMaker {
  decode(node: Node, limit: Limit, guarded: boolean): Decode
  over(node: Node, guarded: boolean): (view: DataView) => ReadAt
  tryEncode(node: Node): TryEncode | undefined
}

/**
 * Compiles a codec for a struct or any other type, or for a data section with all its variables. A struct becomes an object; fields of its
 * anonymous members become fields of its own. A union becomes an object with all of its members; to encode it, one member is enough.
 * Arrays of unsigned bytes and of `char` become Uint8Arrays, other arrays become plain arrays. Pointers, 64-bit and 128-bit integers become
 * `bigint`. The typedefs `__be16`, `__be32` and `__be64` are converted from big endian. Throws BtfError for a type without values: a
 * function, or a struct that is only declared.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { Btf, compileCodec } from 'ebpf/btf'
 *
 * const btf = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'))
 * const id = btf.findByName('iphdr')?.id
 * if (id === undefined) throw new Error('the kernel has no struct iphdr')
 * const codec = compileCodec<{ ttl: number }>(btf, id)
 * console.log(codec.decode(new DataView(new ArrayBuffer(codec.size)), 0).ttl)
 * ```
 */
export function compileCodec<T = unknown>(btf: Btf, type: number, options: CodecOptions = {}): Codec<T> {
  requireInstance(btf, Btf, 'btf')
  return codecWith(compiled, btf, type, requireOptions(options, codecOptions)) as Codec<T>
}

/** `compileCodec` for a global variable. If BTF cannot describe its type, it is bytes, as many as its section says. */
export function variableCodec(btf: Btf, { type, size }: DataVariable, options: CodecOptions): Codec {
  return codecWith(compiled, btf, type, options, size)
}

export function codecWith(
  make: CodecMaker,
  btf: Btf,
  type: number,
  options: CodecOptions,
  variableSize?: number,
): Codec {
  const settings = settingsOf(btf, options)
  const node = new Planner(btf, settings).planRoot(type, variableSize)
  const { size } = node
  const write = new Writers().of(node)
  let tryEncode: TryEncode | undefined
  const guarded = mayThrow(node)
  const decode = make.decode(node, limitOf(node), guarded)
  let over: ((view: DataView) => ReadAt) | undefined
  return {
    size,
    flexible: isFlexible(node),
    decode,
    over(view) {
      if (isFlexible(node)) return (offset, end) => decode(view, offset, end - offset)
      over ??= make.over(node, guarded)
      return over(view)
    },
    encode(value, view, offset) {
      checkRange(view, offset, size)
      tryEncode ??= make.tryEncode(node) ?? (() => false)
      if (tryEncode(value, view, offset)) return
      new Uint8Array(view.buffer, view.byteOffset + offset, size).fill(0)
      try {
        write(value, view, offset)
      } catch (error) {
        throw settle(error)
      }
    },
  }
}

/** Generated code, or closures if code generation is not allowed (`node --disallow-code-generation-from-strings`). */
const compiled: CodecMaker = {
  decode: (node, limit, guarded) =>
    unlessForbidden(
      () => generateDecode(node, limit, guarded),
      () => closures.decode(node, limit, guarded),
    ),
  over: (node, guarded) =>
    unlessForbidden(
      () => generateOver(node, guarded),
      () => closures.over(node, guarded),
    ),
  tryEncode: (node) =>
    unlessForbidden(
      () => generateEncode(node),
      () => undefined,
    ),
}

function unlessForbidden<T>(generate: () => T, otherwise: () => T): T {
  try {
    return generate()
  } catch (error) {
    if (error instanceof EvalError) return otherwise()
    throw error
  }
}

export const closures: CodecMaker = {
  decode(node, limit) {
    const read = settling(node)
    return (view, offset, length) => read(view, offset, limit(view, offset, length))
  },
  over(node) {
    const read = settling(node)
    return (view) => (offset, end) => read(view, offset, end)
  },
  tryEncode: () => undefined,
}

function settling(node: Node): Reader {
  const read = new ClosureReaders().of(node)
  return (view, offset, end) => {
    try {
      return read(view, offset, end)
    } catch (error) {
      throw settle(error)
    }
  }
}

function limitOf(node: Node): Limit {
  const minimum = minimumOf(node)
  const fixed = isFlexible(node) ? undefined : node.size
  return (view, offset, length = fixed) => {
    if (length === undefined)
      throw new TypeError('the length of the record is needed: its type ends in a flexible array')
    if (!(length >= minimum))
      throw new RangeError(`a record of ${show(length)} bytes is too short for its type, which has ${minimum}`)
    checkRange(view, offset, length)
    return offset + length
  }
}

function checkRange(view: DataView, offset: number, length: number): void {
  if (!types.isDataView(view)) throw new TypeError(`expected a DataView, not ${show(view)}`)
  if (offset >= 0 && offset + length <= view.byteLength) return
  throw new RangeError(
    `${length} bytes at offset ${show(offset)} are not within the view, which has ${view.byteLength}`,
  )
}
