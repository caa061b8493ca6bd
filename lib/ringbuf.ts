import { type Btf, type CodecOptions, compileCodec } from './btf.js'
import { BpfError } from './errors.js'
import { binding, type NativeRingBuffer } from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import type { BpfMap } from './map.js'
import { RecordBatch, type RecordDecoder } from './record-batch.js'
import { RecordCursor } from './record-cursor.js'

export interface RingBufferOptions<T> extends CodecOptions {
  /** The C name of the records' struct, decoded by the object's BTF. Without it a record is a `Uint8Array`. */
  readonly type?: string
  /** A decoder of your own. The cursor moves on: what is returned must not refer to it. */
  readonly decode?: (record: RecordCursor) => T
  /** @internal */
  readonly btf?: Btf
}

export interface ReadOptions {
  /** Ends the iteration, without an error, after what was read. */
  readonly signal?: AbortSignal
  /** Bytes of records, headers included, that one batch holds at most. Default: all there are. */
  readonly batchBytes?: number
}

/**
 * The reader of a ring buffer map (Linux 5.8). Records are decoded where the kernel wrote them; the event loop waits on the
 * ring itself, without a thread. One reader at a time: a second would take records from the first.
 */
export class RingBuffer<T = Uint8Array> extends Handle implements AsyncIterable<T> {
  readonly #native: NativeRingBuffer
  readonly #view: DataView
  readonly #decode: RecordDecoder<T>
  readonly #name: string
  #endWait: (() => void) | undefined
  #reading = false

  /** @internal */
  constructor(map: BpfMap, options: RingBufferOptions<T>) {
    const native = binding.openRingBuffer(map.native)
    super(native, `the ring buffer ${map.name}`)
    this.#native = native
    this.#name = map.name
    this.#view = new DataView(native.data)
    this.#decode = decoderFor(map.name, options)
  }

  /** Bytes of the ring. */
  get size(): number {
    return this.#native.size
  }

  /** Bytes produced and consumed since the ring was made; the difference is what waits, of at most `size`. */
  positions(): { producer: bigint; consumer: bigint } {
    return this.#native.positions()
  }

  /** What is in the ring now, without waiting. */
  read(): T[] {
    const batch = this.#acquire(0)
    try {
      return [...batch]
    } finally {
      batch.release()
    }
  }

  /**
   * Batches of records as they come: one wake-up and one crossing into native code each. A batch is read in place and valid until
   * the next is asked for.
   */
  async *batches(options: ReadOptions = {}): AsyncGenerator<RecordBatch<T>, void, undefined> {
    const { signal, batchBytes = 0 } = options
    if (this.#reading) {
      const message = `the ring buffer ${this.#name} is being read already`
      throw new BpfError({ code: 'EBUSY', errno: 16, operation: 'read', message })
    }
    this.#reading = true
    const end = () => this.#endWait?.()
    signal?.addEventListener('abort', end)
    try {
      while (!signal?.aborted && !this.closed) {
        await this.#readable()
        if (this.closed) return
        const batch = this.#acquire(batchBytes)
        try {
          if (batch.byteLength > 0) yield batch
        } finally {
          batch.release()
        }
      }
    } finally {
      signal?.removeEventListener('abort', end)
      this.#reading = false
    }
  }

  /** Records one by one, as they come. Leaving the loop leaves those that it did not reach in the ring. */
  async *records(options: ReadOptions = {}): AsyncGenerator<T, void, undefined> {
    for await (const batch of this.batches(options)) {
      try {
        yield* batch
      } finally {
        batch.keepRest()
      }
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.records()
  }

  /** Ends an iteration that waits. */
  override close(): void {
    super.close()
    this.#endWait?.()
  }

  #acquire(limit: number): RecordBatch<T> {
    const bytes = this.#native.acquire(limit)
    return new RecordBatch(this.#view, this.#native.offset, bytes, this.#decode, (given) => {
      if (!this.closed) this.#native.release(given)
    })
  }

  /** Resolves when the ring has data, or when an abort or `close` ends the wait. Keeps the process alive meanwhile. */
  #readable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#endWait = () => {
        this.#endWait = undefined
        if (!this.closed) this.#native.cancel()
        resolve()
      }
      this.#native.wait((errno) => {
        this.#endWait = undefined
        if (errno === 0) resolve()
        else reject(new BpfError({ code: 'EIO', errno, operation: `poll ring buffer ${this.#name}` }))
      })
    })
  }
}

function decoderFor<T>(name: string, { type, decode, btf, ...options }: RingBufferOptions<T>): RecordDecoder<T> {
  if (decode) return byCursor(decode)
  if (type === undefined) {
    return (view, offset, length) => new Uint8Array(view.buffer.slice(offset, offset + length)) as T
  }
  const id = (btf?.findByName(type, 'STRUCT') ?? btf?.findByName(type))?.id
  if (!btf || id === undefined) {
    throw new RangeError(
      `ring buffer ${name}: the object's BTF has no type '${type}'. clang leaves out what no map, global or function names: declare \`const struct ${type} *unused_${type} __attribute__((unused));\` in the program`,
    )
  }
  const codec = compileCodec(btf, id, options)
  return (view, offset, length) => {
    if (length < codec.size)
      throw new RangeError(`ring buffer ${name}: a record of ${length} bytes is shorter than ${type}`)
    return codec.decode(view, offset, length) as T
  }
}

function byCursor<T>(decode: (record: RecordCursor) => T): RecordDecoder<T> {
  let cursor: RecordCursor | undefined
  return (view, offset, length) => {
    cursor ??= new RecordCursor(view)
    cursor.moveTo(offset, length)
    return decode(cursor)
  }
}
