import { type Extent, strideOf } from './extent.js'
import type { RecordDecoding } from './records.js'

// V8 keeps arrays of 64 bytes in its own heap; a larger one has memory of its own, which takes a microsecond to get.
const mostInHeap = 64
const chunkBytes = 1 << 16

/**
 * Copies of records. Large ones are copied together with those behind them, as far as they are committed and in the same batch, and
 * share that copy's ArrayBuffer.
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

/** How far the records from that at `offset` on are committed, or are copied at once. */
function endOfRun(offset: number, extent: Extent): number {
  let at = offset - 8
  for (let header = extent.header(at); header >= 0 && at - offset < chunkBytes; header = extent.header(at)) {
    at += strideOf(header)
  }
  return at
}
