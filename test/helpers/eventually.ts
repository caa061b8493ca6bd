import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until it is so; throws when it is not after what even an emulated machine needs. */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`it never came to this: ${what}`)
    await sleep(10)
  }
}
