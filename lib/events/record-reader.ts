import { type OptionNames, requireFunction, requireOptions, show } from '../arguments.js'
import { BpfError } from '../errors.js'
import type { NativeWaitable } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { waitError } from '../internal/system-error.js'
import { shareClass } from '../shared-class.js'
import type { RecordBatch } from './record-batch.js'
import { RecordStream } from './record-stream.js'
import { type Found, RecordWait, requireWait } from './record-wait.js'

export interface ReadOptions {
  /** Ends the iteration, without an error, after what was read. */
  readonly signal?: AbortSignal
  /** Milliseconds without a record after which the iteration ends, without an error. Default: it waits on. */
  readonly timeout?: number
  /** Bytes of records, headers included, that one batch holds at most. Default: all there are. */
  readonly batchBytes?: number
}

export function requireBatchBytes(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= 0) return
  throw new RangeError(`batchBytes must be a number of bytes, 0 for no limit, not ${show(bytes)}`)
}

export const readOptions: OptionNames<ReadOptions> = { signal: true, timeout: true, batchBytes: true }

/**
 * Records one by one: not a whole ring of them in one turn of the event loop, where the ring is large. A batch has one
 * record at least.
 */
export function inTurns(options: ReadOptions): ReadOptions {
  return { ...requireOptions(options, readOptions), batchBytes: options.batchBytes || turnBytes }
}

const turnBytes = 1 << 20

export type PollOptions = Pick<ReadOptions, 'signal' | 'timeout'>

/**
 * What ring buffers and perf buffers are read by. The event loop waits on the buffer itself, without a thread. Nothing is read
 * that was not asked for: while the loop's body is busy records stay in the kernel, and when its buffer is full a program
 * can write no more, which the program (or, of a perf buffer, `lost`) must count.
 */
export abstract class RecordReader<T> extends Handle implements AsyncIterable<T> {
  /** As in messages: `ring buffer events`. */
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

  /** @internal The records that are there now, of `limit` bytes at most where it is not 0. */
  abstract acquire(limit: number): RecordBatch<T>

  /**
   * What is there now, without waiting.
   *
   * @throws {BpfError} EBUSY, as every other way to read, while an iteration or a `poll` of this reader goes on.
   */
  read(): T[] {
    return this.#alone(() => this.#readNow())
  }

  /**
   * What is there, after waiting for a record. At the timeout: what is there without a wake-up. Nothing after an abort or `close`.
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
   * Batches of records as they come: one wake-up and one crossing into native code each. A batch is read in place and valid until
   * the next is asked for.
   */
  async *batches(options: ReadOptions = {}): AsyncGenerator<RecordBatch<T>, void, undefined> {
    const { signal, timeout, batchBytes = 0 } = requireOptions(options, readOptions)
    requireWait(signal, timeout)
    requireBatchBytes(batchBytes)
    this.claim()
    try {
      const wait = new RecordWait([this], signal, timeout)
      // What is there already is not waited for, but only once: other work of the event loop has its turn between batches.
      let inTime = true
      while (!signal?.aborted && !this.closed) {
        const batch = this.acquire(batchBytes)
        const { found } = batch
        try {
          if (found === 'records') yield batch
        } finally {
          batch.release()
        }
        // The event loop runs timers first: after a long callback the time is over although there are records.
        if ((found !== 'records' && !inTime) || signal?.aborted || this.closed) return
        inTime = await wait.more(found)
      }
    } finally {
      this.unclaim()
    }
  }

  /** Records one by one, as they come. Leaving the loop leaves those that it did not reach in the ring. */
  records(options: ReadOptions = {}): AsyncGenerator<T, void, undefined> {
    return new RecordStream(this.batches(inTurns(options)))
  }

  /** Calls back for each record until an abort, the timeout or `close`; what the callback throws ends it too. */
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

  /** Ends an iteration that waits. */
  override close(): void {
    super.close()
    this.#endWait?.()
  }

  /** @internal One reads at a time: another would take records from it. */
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

  /** @internal Calls back once when there is data or it was closed. Keeps the process alive meanwhile. */
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

  /** @internal After the pause. */
  protected beginWait(end: (error?: BpfError) => void): void {
    this.#native.wait((errno) => {
      end(errno === 0 ? undefined : waitError(errno, this.#what))
    })
  }

  /** @internal Whether that wait goes on. */
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
