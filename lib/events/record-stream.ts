import { LoopTurns } from '../internal/loop-turns.js'
import type { RecordBatch } from './record-batch.js'

/**
 * Yields the records of batches one by one, as an async generator would. It is several times faster, because a record that is already
 * there costs no more than a resolved promise.
 */
export class RecordStream<T> implements AsyncGenerator<T, void, undefined> {
  readonly #batches: AsyncGenerator<RecordBatch<T>, void, undefined>
  #batch: RecordBatch<T> | undefined
  #records: Iterator<T, undefined> | undefined
  /** The number of pending calls, and the last of them: as in a generator, calls are served one after the other. */
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()
  readonly #turns = new LoopTurns()

  constructor(batches: AsyncGenerator<RecordBatch<T>, void, undefined>) {
    this.#batches = batches
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#waiting > 0 || !this.#records) return this.#inTurn(() => this.#advance())
    if (this.#turns.due) return this.#inTurn(() => this.#turns.take().then(() => this.#advance()))
    try {
      const result = this.#records.next()
      return result.done ? this.#inTurn(() => this.#advance()) : Promise.resolve(result)
    } catch (error) {
      return this.#inTurn(() => this.throw(error))
    }
  }

  /** Leaves unread records in the ring. */
  async return(): Promise<IteratorReturnResult<void>> {
    this.#leave()
    await this.#batches.return()
    return { value: undefined, done: true }
  }

  async throw(error: unknown): Promise<IteratorReturnResult<void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async #advance(): Promise<IteratorResult<T, void>> {
    try {
      for (;;) {
        const result = this.#records?.next()
        if (result && !result.done) return result
        this.#leave()
        const { value: batch, done } = await this.#batches.next()
        this.#turns.reset()
        if (done) return { value: undefined, done: true }
        this.#batch = batch
        this.#records = batch[Symbol.iterator]() as Iterator<T, undefined>
      }
    } catch (error) {
      return this.throw(error)
    }
  }

  /** The batch itself is released when the next one is requested. */
  #leave(): void {
    this.#batch?.keepRest()
    this.#batch = undefined
    this.#records = undefined
  }

  #inTurn<R>(step: () => Promise<R>): Promise<R> {
    this.#waiting += 1
    const turn = this.#last.then(step)
    const over = () => {
      this.#waiting -= 1
    }
    this.#last = turn.then(over, over)
    return turn
  }
}
