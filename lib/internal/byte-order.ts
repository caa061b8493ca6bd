/** The machine's byte order: the kernel's structures are in it. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

// With a byte order that is no literal V8 does not compile DataView's methods to one instruction, and reading a number
// takes several times as long: these are for where millions are read.

export const getUint16 = (view: DataView, offset: number): number =>
  littleEndian ? view.getUint16(offset, true) : view.getUint16(offset, false)

export const getUint32 = (view: DataView, offset: number): number =>
  littleEndian ? view.getUint32(offset, true) : view.getUint32(offset, false)

export const getBigUint64 = (view: DataView, offset: number): bigint =>
  littleEndian ? view.getBigUint64(offset, true) : view.getBigUint64(offset, false)
