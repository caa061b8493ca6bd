import { getEventListeners } from 'node:events'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import { type Monitor, type SnapshotOptions, snapshots } from '../../lib/monitors/snapshots.js'
import { FakeClock } from '../helpers/fake-clock.js'

/** A monitor whose snapshots are the times at which they were taken. */
function fakeMonitor(t: ExecutionContext, takes = () => 0) {
  const clock = new FakeClock(t)
  const calls: string[] = []
  const take = (what: string) => {
    const at = `${what} ${clock.now}`
    clock.now += takes()
    return Promise.resolve(at)
  }
  const monitor: Monitor<string> = {
    snapshot: () => take('snapshot'),
    stop: () => take('stop'),
    close: () => calls.push('close'),
  }
  const open = () => {
    calls.push('open')
    return Promise.resolve(monitor)
  }
  return { clock, calls, monitor, run: (options: SnapshotOptions) => snapshots(open, options) }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

test.serial(
  'there is a snapshot each interval and a last one when the time is over, then the monitor is closed',
  async (t) => {
    const { calls, run } = fakeMonitor(t)
    t.deepEqual(await all(run({ duration: 3500 })), ['snapshot 1000', 'snapshot 2000', 'snapshot 3000', 'stop 3500'])
    t.deepEqual(calls, ['open', 'close'])
  },
)

test.serial('an early first snapshot does not move the others', async (t) => {
  const { run } = fakeMonitor(t)
  t.deepEqual(await all(run({ first: 20, interval: 100, duration: 300 })), [
    'snapshot 20',
    'snapshot 100',
    'snapshot 200',
    'stop 300',
  ])
})

test.serial('a first snapshot that would be later than the interval is at the interval', async (t) => {
  const { run } = fakeMonitor(t)
  t.deepEqual(await all(run({ first: 900, interval: 100, duration: 150 })), ['snapshot 100', 'stop 150'])
})

test.serial('what a snapshot takes does not add up: the others are when they are due', async (t) => {
  const { run } = fakeMonitor(t, () => 30)
  t.deepEqual(await all(run({ interval: 100, duration: 350 })), [
    'snapshot 100',
    'snapshot 200',
    'snapshot 300',
    'stop 350',
  ])
})

test.serial('a duration shorter than the interval has a last snapshot only', async (t) => {
  const { run } = fakeMonitor(t)
  t.deepEqual(await all(run({ duration: 10 })), ['stop 10'])
})

test.serial(
  'an abort ends the waiting: what was counted until then is the last snapshot, and nobody listens any more',
  async (t) => {
    const { calls, run } = fakeMonitor(t)
    const controller = new AbortController()
    const found: string[] = []
    for await (const at of run({ interval: 100, signal: controller.signal })) {
      found.push(at)
      if (found.length === 2) setImmediate(() => controller.abort())
      t.is(getEventListeners(controller.signal, 'abort').length, 0)
    }
    t.deepEqual(found, ['snapshot 100', 'snapshot 200', 'stop 200'])
    t.deepEqual(calls, ['open', 'close'])
    t.deepEqual(await all(run({ signal: AbortSignal.abort() })), ['stop 200'])
  },
)

test.serial('a loop that is left, and a snapshot that fails, close the monitor', async (t) => {
  const { calls, monitor, run } = fakeMonitor(t)
  for await (const _ of run({})) break
  t.deepEqual(calls, ['open', 'close'])
  monitor.snapshot = () => Promise.reject(new Error('no memory'))
  await t.throwsAsync(all(run({})), { message: 'no memory' })
  t.deepEqual(calls, ['open', 'close', 'open', 'close'])
})

for (const [options, message] of [
  [{ interval: 0 }, /interval must be .*, not 0/],
  [{ interval: 2 ** 31 }, /interval must be .*, not 2147483648/],
  [{ first: -1 }, /first must be .*, not -1/],
  [{ duration: 0 }, /duration must be .*, not 0/],
  [{ duration: Number.NaN }, /duration must be .*, not NaN/],
] as const) {
  test.serial(
    `what cannot be waited for is refused before the monitor is opened: ${JSON.stringify(options)}`,
    async (t) => {
      const { calls, run } = fakeMonitor(t)
      await t.throwsAsync(all(run(options)), { instanceOf: RangeError, message })
      t.deepEqual(calls, [])
    },
  )
}
