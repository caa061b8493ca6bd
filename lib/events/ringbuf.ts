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

export type RingBufferOptions<T> = RecordOptions<T>

/**
 * Whether what is read after a header that says "committed" is the record, without a fence that JavaScript has not: on x86, where loads
 * are not reordered. Then only JavaScript looks at headers; elsewhere native code does it first, which takes as long again.
 */
const seesInOrder = process.arch === 'x64'

/**
 * The reader of a ring buffer map (Linux 5.8). Records are decoded where the kernel wrote them. One reader at a time: another
 * process, which nothing keeps from it, would take records from this one.
 */
export class RingBuffer<T = Uint8Array> extends RecordReader<T> {
  readonly #native: NativeRingBuffer
  readonly #view: DataView
  readonly #readers: Readers<T>
  /** The batch that was acquired last: its memory is gone when this is closed. */
  #extent: Extent | undefined

  /**
   * @throws {BpfError} EINVAL when the map is no ring buffer, EBUSY while another reader of it is open in this process, by whatever
   *   handle and in whatever thread.
   * @throws {NotSupportedError} for a ring with BPF_F_RB_OVERWRITE (Linux 6.19), whose oldest records programs overwrite while they are
   *   read, and where the JavaScript engine allows no memory that is not its own (Electron).
   * @throws {RangeError} when the map's BTF has no such `type`.
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

  /** Bytes of the ring. */
  get size(): number {
    return this.#native.size
  }

  /** Bytes produced and consumed since the ring was made; the difference is what waits, of at most `size`. */
  positions(): { producer: bigint; consumer: bigint } {
    return this.#native.positions()
  }

  /** Ends an iteration that waits, and a loop over a batch. */
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
  throw new NotSupportedError({ code: 'ENOTSUP', errno: 95, operation, message }, 'rb_overwrite', undefined, instead)
}
