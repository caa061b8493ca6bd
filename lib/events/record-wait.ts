import { requireSignal, show } from '../arguments.js'
import type { BpfError } from '../errors.js'

/** What can be waited for on the event loop. */
export interface Waitable {
  /** Calls back once when there is something to read or it was closed. Keeps the process alive meanwhile. */
  startWait(end: (error?: BpfError) => void): void
  cancelWait(): void
}

/**
 * Resolves when one of them has data or was closed, or at the abort; with false when the time was over before. A failure to wait
 * rejects. Without `ref` the timeout does not keep the process alive.
 */
export function anyReadable(
  readers: readonly Waitable[],
  signal: AbortSignal | undefined,
  timeout: number | undefined,
  ref = true,
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
      for (const reader of readers) reader.startWait(end)
    } catch (error) {
      finish(() => reject(error))
    }
    if (signal?.aborted) end()
  })
}

export function requireWait(signal: AbortSignal | undefined, timeout: number | undefined): void {
  requireSignal(signal)
  if (timeout === undefined) return
  if (typeof timeout === 'number' && timeout >= 0 && timeout <= 0x7fff_ffff) return
  throw new RangeError(`timeout must be a number of milliseconds from 0 to 2147483647, not ${show(timeout)}`)
}
