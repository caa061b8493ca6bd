import type { BitsNode } from './plan.js'

type ReadBits<T> = (view: DataView, offset: number) => T

/** How many bits are below the field in the number that its bytes form. */
const below = (node: BitsNode): number => (node.littleEndian ? node.shift : node.size * 8 - node.shift - node.width)

/** The position of the byte of significance `i`; 0 is the least significant. */
const place = (node: BitsNode, i: number): number => (node.littleEndian ? i : node.size - 1 - i)

/** Reads a bit-field of at most 32 bits. With the bits around it, it spans at most 5 bytes, which are exact in a double. */
export function narrowBitsReader(node: BitsNode): ReadBits<number> {
  const { size, signed } = node
  const unit = 2 ** below(node)
  const span = 2 ** node.width
  return (view, offset) => {
    let word = 0
    for (let i = size - 1; i >= 0; i--) word = word * 256 + view.getUint8(offset + place(node, i))
    const value = Math.floor(word / unit) % span
    return signed && value >= span / 2 ? value - span : value
  }
}

export function wideBitsReader(node: BitsNode): ReadBits<bigint> {
  const { size, width } = node
  const shift = BigInt(below(node))
  const wrap = node.signed ? BigInt.asIntN : BigInt.asUintN
  return (view, offset) => {
    let word = 0n
    for (let i = size - 1; i >= 0; i--) word = (word << 8n) | BigInt(view.getUint8(offset + place(node, i)))
    return wrap(width, word >> shift)
  }
}

/** Writes a value that fits. The bits around it do not change. */
export function bitsWriter(node: BitsNode): (value: number | bigint, view: DataView, offset: number) => void {
  const shift = BigInt(below(node))
  const mask = BigInt.asUintN(node.width, -1n) << shift
  return (value, view, offset) => {
    const word = BigInt.asUintN(node.width, BigInt(value)) << shift
    for (let i = 0; i < node.size; i++) {
      const at = offset + place(node, i)
      const byte = (from: bigint) => Number((from >> BigInt(i * 8)) & 0xffn)
      view.setUint8(at, (view.getUint8(at) & ~byte(mask)) | byte(word))
    }
  }
}
