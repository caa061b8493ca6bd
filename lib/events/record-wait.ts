import { requireSignal, show } from '../arguments.js'
import type { BpfError } from '../errors.js'
import type { RecordReader } from './record-reader.js'

/**
 * Resolves when one of them has data or was closed, or at the abort; with false when the time was over before. A failure to wait
 * rejects.
 *
 * @internal
 */
export function anyReadable(
  readers: readonly RecordReader<unknown>[],
  signal: AbortSignal | undefined,
  timeout: number | undefined,
): Promise<boolean> {
  requireTimeout(timeout)
  requireSignal(signal)
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
    signal?.addEventListener('abort', aborted)
    try {
      for (const reader of readers) reader.startWait(end)
    } catch (error) {
      finish(() => reject(error))
    }
    if (signal?.aborted) end()
  })
}

function requireTimeout(timeout: number | undefined): void {
  if (timeout === undefined) return
  if (typeof timeout === 'number' && timeout >= 0 && timeout <= 0x7fff_ffff) return
  throw new RangeError(`timeout must be a number of milliseconds from 0 to 2147483647, not ${show(timeout)}`)
}
