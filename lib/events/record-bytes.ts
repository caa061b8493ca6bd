import { type Extent, strideOf } from './extent.js'
import type { RecordDecoding } from './records.js'

// V8 keeps arrays of up to 64 bytes in its own heap. A larger array has memory of its own, which takes a microsecond to allocate.
const mostInHeap = 64
const chunkBytes = 1 << 16

/**
 * Copies of records. A large record is copied together with those after it, if they are committed and in the same batch; they share the
 * ArrayBuffer of that copy.
 */
export const recordBytes: RecordDecoding<Uint8Array> = (view) => {
  const memory = new Uint8Array(view.buffer)
  let extent: Extent | undefined
  let start = 0
  let end = 0
  let chunk: ArrayBufferLike = new ArrayBuffer(0)
  return (offset, length, within) => {
    if (length <= mostInHeap) return memory.slice(offset, offset + length)
    if (within !== extent || offset < start || offset + length > end) {
      extent = within
      start = offset
      end = endOfRun(offset, within)
      chunk = memory.buffer.slice(start, end)
    }
    return new Uint8Array(chunk, offset - start, length)
  }
}

/** The end of the committed records that start at `offset`, limited to what is copied at once. */
function endOfRun(offset: number, extent: Extent): number {
  let at = offset - 8
  for (let header = extent.header(at); header >= 0 && at - offset < chunkBytes; header = extent.header(at)) {
    at += strideOf(header)
  }
  return at
}
