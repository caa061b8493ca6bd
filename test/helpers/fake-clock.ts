import type { ExecutionContext } from 'ava'

/** Time that passes as soon as anybody waits for it, until the test is over. Nothing else may wait meanwhile: its tests are serial. */
export class FakeClock {
  /** Milliseconds since it was made. */
  now = 0

  constructor(t: ExecutionContext) {
    const real = { setTimeout, clearTimeout, now: performance.now }
    t.teardown(() => {
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout })
      performance.now = real.now
    })
    const cancelled = new Set<number>()
    let timers = 0
    globalThis.setTimeout = ((done: () => void, ms: number) => {
      const id = ++timers
      setImmediate(() => {
        if (cancelled.has(id)) return
        this.now += ms
        done()
      })
      return id
    }) as never
    globalThis.clearTimeout = ((id: number) => cancelled.add(id)) as never
    performance.now = () => this.now
  }
}
