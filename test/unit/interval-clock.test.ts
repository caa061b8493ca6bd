import test, { type ExecutionContext } from 'ava'
import { IntervalClock } from '../../lib/monitors/interval-clock.js'

/** Both clocks, which only move when they are told to. */
function fakeClocks(t: ExecutionContext) {
  const clocks = { wall: 1_700_000_000_000, monotonic: 5000 }
  const real = { wall: Date.now, monotonic: performance.now }
  Date.now = () => clocks.wall
  performance.now = () => clocks.monotonic
  t.teardown(() => {
    Date.now = real.wall
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
