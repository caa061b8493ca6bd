import { type OptionNames, requireFunction, requireOptions, show } from '../arguments.js'
import { BpfError } from '../errors.js'
import type { NativeWaitable } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { waitError } from '../internal/system-error.js'
import { shareClass } from '../shared-class.js'
import type { RecordBatch } from './record-batch.js'
import { RecordStream } from './record-stream.js'
import { type Found, RecordWait, requireWait } from './record-wait.js'

/** Options for reading records in a loop. */
export interface ReadOptions {
  /** Ends the iteration when aborted, without an error and after the records that were read. */
  readonly signal?: AbortSignal
  /** Ends the iteration after this many milliseconds without a record, without an error. Default: waits for ever. */
  readonly timeout?: number
  /** The maximum size of a batch in bytes, including headers. Default: all available records. */
  readonly batchBytes?: number
}

export function requireBatchBytes(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return
  throw new RangeError(`batchBytes must be a number of bytes, 0 for no limit, not ${show(bytes)}`)
}

export const readOptions: OptionNames<ReadOptions> = { signal: true, timeout: true, batchBytes: true }

/**
 * Options for reading records one by one: limits the batches, so that one turn of the event loop does not process a whole large ring. A
 * batch has at least one record.
 */
export function inTurns(options: ReadOptions): ReadOptions {
  return { ...requireOptions(options, readOptions), batchBytes: options.batchBytes || turnBytes }
}

const turnBytes = 1 << 20

/** Options for `poll`. */
export type PollOptions = Pick<ReadOptions, 'signal' | 'timeout'>

/**
 * Reads a ring buffer or a perf buffer. The event loop waits on the buffer itself, without a thread. Records are only read on request:
 * while the loop's body is busy, they stay in the kernel. If the buffer is full, programs cannot write to it: the program must count
 * this. A perf buffer counts it in `lost`.
 */
export abstract class RecordReader<T> extends Handle implements AsyncIterable<T> {
  /** What error messages call it: `ring buffer events`. */
  readonly #what: string
  readonly #native: NativeWaitable & { close(): void }
  #endWait: ((error?: BpfError) => void) | undefined
  #pause: NodeJS.Timeout | undefined
  #reading = false

  /** @internal */
  protected constructor(native: NativeWaitable & { close(): void }, what: string) {
    super(native, `the ${what}`)
    this.#native = native
    this.#what = what
  }

  /** @internal The records that are available now, at most `limit` bytes of them unless it is 0. */
  abstract acquire(limit: number): RecordBatch<T>

  /**
   * Returns the records that are available now, without waiting.
   *
   * @throws {BpfError} EBUSY while an iteration or a `poll` of this reader is in progress, as all other ways to read do.
   */
  read(): T[] {
    return this.#alone(() => this.#readNow())
  }

  /**
   * Waits for a record, then returns all that are available. At the timeout, returns those that have not caused a wake-up yet, if any.
   * Returns an empty array after an abort or `close`.
   */
  async poll(options: PollOptions = {}): Promise<T[]> {
    const { signal, timeout } = requireOptions(options, { signal: true, timeout: true })
    this.claim()
    try {
      const wait = new RecordWait([this], signal, timeout)
      for (let found: Found = 'nothing'; ; ) {
        const inTime = await wait.more(found)
        if (this.closed || signal?.aborted) return []
        const batch = this.acquire(0)
        try {
          found = batch.found
          if (found === 'records' || !inTime) return batch.toArray()
        } finally {
          batch.release()
        }
      }
    } finally {
      this.unclaim()
    }
  }

  /**
   * Yields batches of records as they arrive, with one wake-up and one call into native code per batch. A batch is read in place and is
   * valid until the next one is requested.
   */
  async *batches(options: ReadOptions = {}): AsyncGenerator<RecordBatch<T>, void, undefined> {
    const { signal, timeout, batchBytes = 0 } = requireOptions(options, readOptions)
    requireWait(signal, timeout)
    requireBatchBytes(batchBytes)
    this.claim()
    try {
      const wait = new RecordWait([this], signal, timeout)
      // Does not wait for records that are there already, but only once: between batches, other work of the event loop has its turn.
      let inTime = true
      while (!signal?.aborted && !this.closed) {
        const batch = this.acquire(batchBytes)
        const { found } = batch
        try {
          if (found === 'records') yield batch
        } finally {
          batch.release()
        }
        // The event loop runs timers first: after a long callback the timeout has passed, although there may be records.
        if ((found !== 'records' && !inTime) || signal?.aborted || this.closed) return
        inTime = await wait.more(found)
      }
    } finally {
      this.unclaim()
    }
  }

  /** Yields records one by one, as they arrive. After `break`, unread records stay in the buffer. */
  records(options: ReadOptions = {}): AsyncGenerator<T, void, undefined> {
    return new RecordStream(this.batches(inTurns(options)))
  }

  /** Calls back for each record until an abort, the timeout or `close`, or until the callback throws. */
  async forEach(callback: (record: T) => void, options: ReadOptions = {}): Promise<void> {
    requireFunction(callback, 'callback')
    for await (const batch of this.batches(inTurns(options))) {
      try {
        batch.each(callback)
      } finally {
        batch.keepRest()
      }
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.records()
  }

  /** Closes the reader, and ends an iteration that waits. */
  override close(): void {
    super.close()
    this.#endWait?.()
  }

  /** @internal Only one loop or call may read at a time: another would take records from it. */
  claim(): void {
    if (this.#reading) {
      const message = `the ${this.#what} is being read already`
      throw new BpfError({ code: 'EBUSY', errno: 16, operation: 'read', message })
    }
    this.#reading = true
  }

  /** @internal */
  unclaim(): void {
    this.#reading = false
  }

  /** @internal Calls back once, when there is data or the reader is closed. Keeps the process alive until then. */
  startWait(end: (error?: BpfError) => void, pause = 0): void {
    this.#endWait = end
    if (pause === 0) {
      this.beginWait(end)
      return
    }
    this.#pause = setTimeout(() => {
      try {
        this.beginWait(end)
      } catch (error) {
        end(error as BpfError)
      }
    }, pause)
  }

  /** @internal Starts to wait, after the pause. */
  protected beginWait(end: (error?: BpfError) => void): void {
    this.#native.wait((errno) => {
      end(errno === 0 ? undefined : waitError(errno, this.#what))
    })
  }

  /** @internal Whether that wait is still in progress. */
  protected waits(end: (error?: BpfError) => void): boolean {
    return this.#endWait === end && !this.closed
  }

  /** @internal */
  cancelWait(): void {
    if (!this.#endWait) return
    this.#endWait = undefined
    clearTimeout(this.#pause)
    if (!this.closed) this.#native.cancel()
  }

  #readNow(): T[] {
    const batch = this.acquire(0)
    try {
      return batch.toArray()
    } finally {
      batch.release()
    }
  }

  #alone<R>(read: () => R): R {
    this.claim()
    try {
      return read()
    } finally {
      this.unclaim()
    }
  }
}
shareClass(RecordReader, 'RecordReader')
