import { getEventListeners } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { BpfError } from '../../lib/errors.js'
import { type SnapshotOptions, snapshots } from '../../lib/monitors/shared/snapshots.js'

/** Replaces the timers and the clock of `snapshots` by ones in which a wait takes its milliseconds exactly, and no time. */
function fakeClock(t: ExecutionContext): { now: number } {
  const clock = { now: 5_000_000 }
  const real = { setTimeout: globalThis.setTimeout, now: performance.now }
  globalThis.setTimeout = ((callback: () => void, ms: number) => {
    queueMicrotask(() => {
      clock.now += Math.max(0, ms)
      callback()
    })
  }) as typeof setTimeout
  performance.now = () => clock.now
  t.teardown(() => {
    globalThis.setTimeout = real.setTimeout
    performance.now = real.now
  })
  return clock
}

/** When each snapshot was taken, the last being what `stop` returned; `busy` is what the loop's body takes after each. */
async function times(t: ExecutionContext, options: SnapshotOptions, busy: readonly number[] = []) {
  const clock = fakeClock(t)
  const start = clock.now
  const calls: string[] = []
  const note = (call: string) => {
    calls.push(`${call} ${clock.now - start}`)
    return calls.length
  }
  const monitor = {
    snapshot: async () => note('snapshot'),
    stop: async () => note('stop'),
    close: () => void note('close'),
  }
  const yielded: number[] = []
  for await (const number of snapshots(async () => monitor, options)) {
    clock.now += busy[yielded.length] ?? 0
    yielded.push(number)
  }
  return { calls, yielded }
}

test.serial('snapshots come each interval, and the last when the duration is over', async (t) => {
  const { calls, yielded } = await times(t, { interval: 1000, duration: 2500 })
  t.deepEqual(calls, ['snapshot 1000', 'snapshot 2000', 'stop 2500', 'close 2500'])
  t.deepEqual(yielded, [1, 2, 3])
})

test.serial('a duration of whole intervals has no snapshot besides the last at its end', async (t) => {
  const { calls } = await times(t, { interval: 1000, duration: 2000 })
  t.deepEqual(calls, ['snapshot 1000', 'stop 2000', 'close 2000'])
})

test.serial('an early first snapshot does not move the others', async (t) => {
  const { calls } = await times(t, { interval: 1000, first: 100, duration: 3500 })
  const seconds = ['snapshot 1000', 'snapshot 2000', 'snapshot 3000']
  t.deepEqual(calls, ['snapshot 100', ...seconds, 'stop 3500', 'close 3500'])
})

test.serial('a first snapshot that would come after the interval comes with it', async (t) => {
  const { calls } = await times(t, { interval: 1000, first: 5000, duration: 1500 })
  t.deepEqual(calls, ['snapshot 1000', 'stop 1500', 'close 1500'])
})

test.serial('a loop body that takes time does not move the snapshots after it', async (t) => {
  const { calls } = await times(t, { interval: 1000, duration: 3500 }, [300, 900])
  t.deepEqual(calls, ['snapshot 1000', 'snapshot 2000', 'snapshot 3000', 'stop 3500', 'close 3500'])
})

test.serial(
  'intervals that passed during a standstill are left out, and the next snapshot is at a multiple again',
  async (t) => {
    const { calls } = await times(t, { interval: 1000, duration: 9500 }, [4300, 1000, 0])
    t.deepEqual(calls, [1000, 6000, 8000, 9000].map((at) => `snapshot ${at}`).concat('stop 9500', 'close 9500'))
  },
)

test.serial('after a standstill in the first interval no snapshots come in a burst either', async (t) => {
  const { calls } = await times(t, { interval: 1000, first: 100, duration: 7500 }, [5000])
  t.deepEqual(calls, ['snapshot 100', 'snapshot 6000', 'snapshot 7000', 'stop 7500', 'close 7500'])
})

test.serial('a loop body that outlasts the duration is followed by the last snapshot alone', async (t) => {
  const { calls } = await times(t, { interval: 1000, duration: 2500 }, [9000])
  t.deepEqual(calls, ['snapshot 1000', 'stop 10000', 'close 10000'])
})

test.serial('an abort between two snapshots yields the last one alone, and one before the first too', async (t) => {
  const controller = new AbortController()
  const seen: number[] = []
  let stops = 0
  const monitor = { snapshot: async () => 0, stop: async () => ++stops, close: () => {} }
  for await (const number of snapshots(async () => monitor, { interval: 1, signal: controller.signal })) {
    seen.push(number)
    t.is(getEventListeners(controller.signal, 'abort').length, 0, 'nobody listens once a wait is over')
    controller.abort()
  }
  t.deepEqual(seen, [0, 1])
  for await (const number of snapshots(async () => monitor, { interval: 1e6, signal: controller.signal }))
    seen.push(number)
  t.deepEqual(seen, [0, 1, 2])
})

test.serial('an abort during a wait ends it at once', async (t) => {
  const controller = new AbortController()
  const monitor = { snapshot: async () => 'snapshot', stop: async () => 'stop', close: () => {} }
  const next = snapshots(async () => monitor, { interval: 1e9, signal: controller.signal }).next()
  setImmediate(() => controller.abort())
  t.deepEqual(await next, { value: 'stop', done: false })
})

test.serial('leaving the loop and a snapshot that fails close the monitor', async (t) => {
  let closed = 0
  const monitor = {
    snapshot: async () => {
      if (closed > 0) throw new Error('no snapshot')
    },
    stop: async () => t.fail() as never,
    close: () => void closed++,
  }
  const loop = async () => {
    for await (const _ of snapshots(async () => monitor, { interval: 1 })) break
  }
  await loop()
  t.is(closed, 1)
  await t.throwsAsync(loop(), { message: 'no snapshot' })
  t.is(closed, 2)
})

test.serial('times that no timer holds are refused before anything is opened', async (t) => {
  const open = async () => t.fail() as never
  for (const wrong of [{ interval: 0 }, { interval: 2 ** 31 }, { first: 0 }, { first: -1 }, { duration: 0 }]) {
    await t.throwsAsync(snapshots(open, wrong).next(), {
      instanceOf: RangeError,
      message: new RegExp(`^${Object.keys(wrong)[0]} must be .*${Object.values(wrong)[0]}$`),
    })
  }
})

test.serial('what has ended yields its last snapshot, and is then an error', async (t) => {
  let left = 2
  let closed = 0
  const monitor = {
    snapshot: async () => `snapshot ${left--}`,
    stop: async () => 'stop',
    close: () => void closed++,
    get ended() {
      return left === 0 ? new Error('it is gone') : undefined
    },
  }
  const seen: string[] = []
  const loop = async () => {
    for await (const snapshot of snapshots(async () => monitor, { interval: 1 })) seen.push(snapshot)
  }
  await t.throwsAsync(loop(), { message: 'it is gone' })
  t.deepEqual(seen, ['snapshot 2', 'snapshot 1', 'stop'])
  t.is(closed, 1)
})

/** A monitor of which these calls fail, by their number, for want of memory. */
async function failing(t: ExecutionContext, isFailing: (call: number) => boolean, code = 'ENOMEM') {
  fakeClock(t)
  const warnings: string[] = []
  const real = process.emitWarning
  process.emitWarning = (warning: string | Error) => void warnings.push(String(warning))
  t.teardown(() => {
    process.emitWarning = real
  })
  let calls = 0
  let closed = false
  const take = async () => {
    if (isFailing(++calls)) throw new BpfError({ code, errno: 12, operation: 'walk map', message: `walk map: ${code}` })
    return calls
  }
  const close = () => {
    closed = true
  }
  const monitor = { snapshot: take, stop: take, close }
  const yielded: number[] = []
  const iterate = async () => {
    for await (const number of snapshots(async () => monitor, { interval: 10, duration: 45 })) yielded.push(number)
  }
  const error = await iterate().then(
    () => undefined,
    (reason) => reason as BpfError,
  )
  return { yielded, warnings, error, closed }
}

test.serial(
  'a snapshot that fails for want of memory is left out with a warning, and the last is tried again',
  async (t) => {
    const { yielded, warnings, error } = await failing(t, (call) => [2, 3, 5, 6].includes(call))
    t.is(error, undefined)
    t.deepEqual(yielded, [1, 4, 7])
    t.is(warnings.length, 4)
    for (const warning of warnings) t.regex(warning, /is in the next one: walk map: ENOMEM/)
  },
)

test.serial('a snapshot that goes on failing ends the iteration', async (t) => {
  const { yielded, warnings, error, closed } = await failing(t, (call) => call > 1)
  t.is(error?.code, 'ENOMEM')
  t.deepEqual(yielded, [1])
  t.is(warnings.length, 5)
  t.true(closed)
})

test.serial('a snapshot that fails for another reason ends the iteration', async (t) => {
  const { yielded, warnings, error, closed } = await failing(t, (call) => call > 1, 'EPERM')
  t.is(error?.code, 'EPERM')
  t.deepEqual(yielded, [1])
  t.deepEqual(warnings, [])
  t.true(closed)
})
