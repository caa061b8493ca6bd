import { requireInstance, requireOptions } from '../arguments.js'
import { NotSupportedError } from '../errors.js'
import { binding, type NativeRingBuffer } from '../internal/binding.js'
import { BpfMap } from '../maps/map.js'
import { shareClass } from '../shared-class.js'
import { Extent } from './extent.js'
import { RecordBatch } from './record-batch.js'
import { decoderFor, type RecordOptions, recordOptions } from './record-decoder.js'
import { RecordReader } from './record-reader.js'
import { Readers } from './records.js'

/** Options for a `RingBuffer`: how records are decoded. */
export type RingBufferOptions<T> = RecordOptions<T>

/**
 * Whether JavaScript can read a record after a header that says "committed" without a memory fence, which JavaScript lacks. This is so on
 * x86, where loads are not reordered: there only JavaScript reads headers. Elsewhere native code reads them first, which doubles the time.
 */
const seesInOrder = process.arch === 'x64'

/**
 * Reads a ring buffer map (Linux 5.8). Records are decoded in place. Only one reader may be open at a time: a reader in another process,
 * which nothing prevents, would take records from this one.
 */
export class RingBuffer<T = Uint8Array> extends RecordReader<T> {
  readonly #native: NativeRingBuffer
  readonly #view: DataView
  readonly #readers: Readers<T>
  /** The batch that was acquired last: its memory is gone once this is closed. */
  #extent: Extent | undefined

  /**
   * Opens a reader.
   *
   * @throws {BpfError} EINVAL if the map is not a ring buffer, EBUSY while another reader of it is open in this process, by any handle
   *   and in any thread.
   * @throws {NotSupportedError} for a ring with BPF_F_RB_OVERWRITE (Linux 6.19), whose oldest records programs overwrite while they are
   *   read, and if the JavaScript engine does not allow memory that it did not allocate (Electron).
   * @throws {RangeError} if the map's BTF does not have `type`.
   */
  constructor(map: BpfMap, options: RingBufferOptions<T> = {}) {
    requireInstance(map, BpfMap, 'map')
    requireOptions(options, recordOptions)
    const what = `ring buffer ${map.name}`
    const decoding = decoderFor(what, { ...(map.btf && { btf: map.btf }), ...options })
    refuseOverwriting(map, what)
    const native = binding.openRingBuffer(map.native)
    super(native, what)
    this.#native = native
    this.#view = new DataView(native.data)
    this.#readers = new Readers(this.#view, decoding)
  }

  /** The size of the ring in bytes. */
  get size(): number {
    return this.#native.size
  }

  /** Bytes produced and consumed since the ring was created; the difference, at most `size`, is waiting to be read. */
  positions(): { producer: bigint; consumer: bigint } {
    return this.#native.positions()
  }

  /** Closes the reader, and ends an iteration that waits and a loop over a batch. */
  override close(): void {
    this.#extent?.close()
    this.#readers.release()
    super.close()
  }

  /** @internal */
  acquire(limit: number): RecordBatch<T> {
    const bytes = seesInOrder ? this.#native.reserved() : this.#native.acquire(limit)
    const { offset } = this.#native
    const extent = new Extent(this.#view, offset, offset + bytes, !seesInOrder)
    if (seesInOrder && limit !== 0) extent.limit(limit)
    this.#extent = extent
    return new RecordBatch(extent, this.#readers, (given) => {
      if (!this.closed) this.#native.release(given)
    })
  }
}
shareClass(RingBuffer, 'RingBuffer')

const overwrites = 1 << 19 // BPF_F_RB_OVERWRITE

function refuseOverwriting(map: BpfMap, what: string): void {
  if ((map.native.info.flags & overwrites) === 0) return
  const operation = `open ${what}`
  const instead = 'a ring without the flag, whose program counts what it has no room for'
  const message = `${operation}: the map has BPF_F_RB_OVERWRITE, so programs overwrite records while they are read; use ${instead}`
  throw new NotSupportedError({ code: 'ENOTSUP', errno: 95, operation, message, feature: 'rb_overwrite', instead })
}
