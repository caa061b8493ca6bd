import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestFn } from 'ava'

/** Fails the test file when, after its last test, the process holds descriptors that it did not hold before the first. */
export function failOnLeaks(test: TestFn): void {
  let before = new Map<string, string>()
  test.before(() => {
    before = openDescriptors()
  })
  test.after.always('no descriptor is leaked', async (t) => {
    const leaked = () => [...openDescriptors()].filter(([fd, target]) => before.get(fd) !== target)
    // Pipes of processes that have just ended close a little later.
    for (let tries = 0; tries < 20 && leaked().length > 0; tries++) await sleep(100)
    t.deepEqual(leaked(), [])
  })
}

/** What each descriptor of this process refers to, by its number. */
function openDescriptors(): Map<string, string> {
  const descriptors = new Map<string, string>()
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      descriptors.set(fd, readlinkSync(`/proc/self/fd/${fd}`))
    } catch (error) {
      // The one that the directory was read through.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return descriptors
}
