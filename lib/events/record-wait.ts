import { requireSignal, show } from '../arguments.js'
import type { BpfError } from '../errors.js'

/** Something that the event loop can wait for. */
export interface Waitable {
  /**
   * Calls back once, when there is something to read or it is closed. Checks for the first time after `pause` milliseconds. Keeps the
   * process alive until then.
   */
  startWait(end: (error?: BpfError) => void, pause?: number): void
  cancelWait(): void
}

/**
 * Resolves with true when one of the readers has data or is closed, or at an abort; with false if the timeout passed before. Rejects if
 * waiting fails. Without `ref`, the timeout does not keep the process alive. During the first `pause` milliseconds, data does not end
 * the wait.
 */
export function anyReadable(
  readers: readonly Waitable[],
  signal: AbortSignal | undefined,
  timeout: number | undefined,
  ref = true,
  pause = 0,
): Promise<boolean> {
  requireWait(signal, timeout)
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      for (const reader of readers) reader.cancelWait()
      signal?.removeEventListener('abort', aborted)
      clearTimeout(timer)
      settle()
    }
    const end = (error?: BpfError) => finish(() => (error ? reject(error) : resolve(true)))
    const aborted = () => end()
    const timer = timeout === undefined ? undefined : setTimeout(() => finish(() => resolve(false)), timeout)
    if (!ref) timer?.unref()
    signal?.addEventListener('abort', aborted)
    try {
      for (const reader of readers) reader.startWait(end, pause)
    } catch (error) {
      finish(() => reject(error))
    }
    if (signal?.aborted) end()
  })
}

/** What was found in the buffers: for example, only discarded records. */
export type Found = 'records' | 'discarded' | 'nothing'

// Milliseconds. Writing a record takes microseconds, unless its program sleeps.
const longestPause = 16

/**
 * Waits for records repeatedly, until there was none for the timeout. While the oldest record is unfinished, the kernel reports that there
 * is something to read: this then waits a while before it checks again.
 */
export class RecordWait {
  readonly #readers: readonly Waitable[]
  readonly #signal: AbortSignal | undefined
  readonly #timeout: number | undefined
  #since = performance.now()
  #woken = false
  #pause = 0

  constructor(readers: readonly Waitable[], signal: AbortSignal | undefined, timeout: number | undefined) {
    requireWait(signal, timeout)
    this.#readers = readers
    this.#signal = signal
    this.#timeout = timeout
  }

  /** Waits and resolves as `anyReadable` does. `found` is what was found since the last wait. */
  async more(found: Found): Promise<boolean> {
    if (found === 'records') this.#since = performance.now()
    this.#pause = found === 'nothing' && this.#woken ? Math.min(longestPause, 2 * this.#pause || 1) : 0
    this.#woken = true
    const left =
      this.#timeout === undefined ? undefined : Math.max(0, Math.ceil(this.#since + this.#timeout - performance.now()))
    return anyReadable(this.#readers, this.#signal, left, true, this.#pause)
  }
}

export function requireWait(signal: AbortSignal | undefined, timeout: number | undefined): void {
  requireSignal(signal)
  if (timeout === undefined) return
  if (typeof timeout === 'number' && timeout >= 0 && timeout <= 0x7fff_ffff) return
  throw new RangeError(`timeout must be a number of milliseconds from 0 to 2147483647, not ${show(timeout)}`)
}
