import { setTimeout as sleep } from 'node:timers/promises'
import { BpfError } from '../errors.js'

/** Errors that mean that this process or the machine has temporarily run out of a resource. */
const passing: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN']

const pause = 100
const mostTries = 20

/** Whether the same call may succeed in a moment. */
export function isPassing(error: unknown): error is BpfError {
  return error instanceof BpfError && passing.includes(error.code)
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
