import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until the condition holds; throws if it still does not after a time that is enough even for an emulated
 * machine.
 */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`it never came to this: ${what}`)
    await sleep(10)
  }
}
