import { setTimeout as sleep } from 'node:timers/promises'
import { BpfError } from '../errors.js'

/** What this process or the machine is out of at the moment. */
const passing: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN']

const pause = 100
const mostTries = 20

/** Whether the same may work in a moment. */
export function isPassing(error: unknown): error is BpfError {
  return error instanceof BpfError && passing.includes(error.code)
}

/** Tries again what failed for want of descriptors or memory, for two seconds: what must not be left undone. */
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
