import test from 'ava'
import { binding } from '../../lib/internal/binding.js'
import { bootTimeToDate, dateToKtime, ktimeToDate, wallClock } from '../../lib/kernel/clock.js'

// A machine that has been up for a day, half of which it was suspended. This one has not slept, so its two clocks are the same.
const second = 1_000_000_000n
const now = Date.UTC(2024, 1, 29, 12)
const clocks = { wall: BigInt(now) * 1_000_000n, monotonic: 43_200n * second, boot: 86_400n * second }
binding.clocks = () => clocks

test('times of both of the kernel’s clocks become times of day', (t) => {
  t.is(ktimeToDate(clocks.monotonic).getTime(), now)
  t.is(ktimeToDate(clocks.monotonic - 90n * second).getTime(), now - 90_000)
  t.is(bootTimeToDate(clocks.boot).getTime(), now)
  t.is(bootTimeToDate(0n).toISOString(), '2024-02-28T12:00:00.000Z')
})

test('numbers of nanoseconds are taken as bigints are', (t) => {
  t.is(ktimeToDate(Number(clocks.monotonic) + 5e6).getTime(), now + 5)
  t.is(ktimeToDate(Number(clocks.monotonic) + 0.4).getTime(), now)
  t.throws(() => ktimeToDate(Number.NaN), { instanceOf: RangeError, message: /nanoseconds .*NaN/ })
  t.throws(() => bootTimeToDate('1' as never), { instanceOf: TypeError, message: /nanoseconds .*'1'/ })
})

test('a time of day becomes what bpf_ktime_get_ns returns then', (t) => {
  t.is(dateToKtime(new Date(now)), clocks.monotonic)
  t.is(dateToKtime(new Date(now - 1500)), clocks.monotonic - 1_500_000_000n)
  t.throws(() => dateToKtime(new Date(Number.NaN)), { instanceOf: RangeError, message: /date .*Invalid/ })
})

test('many times are converted by the clocks of one moment', (t) => {
  const toMilliseconds = wallClock()
  t.is(toMilliseconds(Number(clocks.monotonic)), now)
  t.is(toMilliseconds(0), now - 43_200_000)
})
