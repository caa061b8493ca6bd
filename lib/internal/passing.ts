import { setTimeout as sleep } from 'node:timers/promises'
import { BpfError } from '../errors.js'

const shortages: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN']

/** Whether the errno means that the process or the machine has temporarily run out of descriptors, memory or threads. */
export const isShortage = (code: string): boolean => shortages.includes(code)

const pause = 100
const mostTries = 20

/** Whether the same call may succeed in a moment. */
export function isPassing(error: unknown): error is BpfError {
  return error instanceof BpfError && isShortage(error.code)
}

/** Retries for two seconds if it fails for lack of descriptors or memory: for work that must not be left undone. */
export async function persist(act: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await act()
    } catch (error) {
      if (!isPassing(error) || tries >= mostTries) throw error
    }
    await sleep(pause)
  }
}
