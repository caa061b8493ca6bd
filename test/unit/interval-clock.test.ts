import test, { type ExecutionContext } from 'ava'
import { binding } from '../../lib/internal/binding.js'
import { IntervalClock } from '../../lib/monitors/shared/interval-clock.js'

/** Both clocks, which only move when they are told to. */
function fakeClocks(t: ExecutionContext) {
  const clocks = { wall: 1_700_000_000_000, monotonic: 5000 }
  const real = { clocks: binding.clocks, monotonic: performance.now }
  binding.clocks = () => ({ wall: BigInt(Math.round(clocks.wall * 1e6)), monotonic: 0n, boot: 0n })
  performance.now = () => clocks.monotonic
  t.teardown(() => {
    binding.clocks = real.clocks
    performance.now = real.monotonic
  })
  const pass = (ms: number) => {
    clocks.wall += ms
    clocks.monotonic += ms
  }
  return { clocks, pass }
}

test.serial('intervals follow each other, and end at the time of day', (t) => {
  const { pass } = fakeClocks(t)
  const clock = new IntervalClock()
  pass(1000)
  t.deepEqual(clock.take(), { start: 1_700_000_000_000, end: 1_700_000_001_000 })
  pass(250)
  t.deepEqual(clock.take(), { start: 1_700_000_001_000, end: 1_700_000_001_250 })
})

test.serial('a wall clock that is set moves the interval and does not change its length', (t) => {
  const { clocks, pass } = fakeClocks(t)
  const clock = new IntervalClock()
  for (const step of [-3_600_000, 7_200_000]) {
    pass(400)
    clocks.wall += step
    pass(600)
    const { start, end } = clock.take()
    t.is(end, clocks.wall)
    t.is(end - start, 1000)
  }
})

test.serial('lengths are whole milliseconds, and their sum is all that has passed', (t) => {
  const { pass } = fakeClocks(t)
  const clock = new IntervalClock()
  let sum = 0
  for (let i = 0; i < 10; i++) {
    pass(0.4)
    const { start, end } = clock.take()
    sum += Math.round(end - start)
  }
  t.is(sum, 4)
})
