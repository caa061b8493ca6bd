import { requireBigint, requireInstance, show } from '../arguments.js'
import { binding } from '../internal/binding.js'

/**
 * Converts a time from `bpf_ktime_get_ns` to a `Date`. (It is CLOCK_MONOTONIC in nanoseconds, which stops while the machine is suspended.)
 * It uses the current difference of the clocks: if the system clock was set since, the result is off by as much.
 */
export function ktimeToDate(nanoseconds: bigint | number): Date {
  const { wall, monotonic } = binding.clocks()
  return dateOf(wall - monotonic, nanoseconds)
}

/** Converts a time from `bpf_ktime_get_boot_ns` (CLOCK_BOOTTIME, nanoseconds), or `ProgramInfo.loadTime`, to a `Date`. */
export function bootTimeToDate(nanoseconds: bigint | number): Date {
  const { wall, boot } = binding.clocks()
  return dateOf(wall - boot, nanoseconds)
}

/** Converts a `Date` to what `bpf_ktime_get_ns` would return at that time. */
export function dateToKtime(date: Date): bigint {
  const { wall, monotonic } = binding.clocks()
  return BigInt(timeOf(date)) * 1_000_000n - (wall - monotonic)
}

/**
 * Converts many times from `bpf_ktime_get_ns` to milliseconds since 1970, with one reading of the clocks. Create a new one for each
 * snapshot, so that setting the system clock affects later records only.
 */
export function wallClock(): (monotonicNs: number) => number {
  const { wall, monotonic } = binding.clocks()
  const offset = Number(wall - monotonic) / 1e6
  return (monotonicNs) => offset + monotonicNs / 1e6
}

/** Milliseconds since 1970, by the clock that the times of `wallClock` come from. */
export const wallTime = (): number => Number(binding.clocks().wall / 1000n) / 1000

function dateOf(offset: bigint, nanoseconds: bigint | number): Date {
  if (typeof nanoseconds === 'number' && !Number.isFinite(nanoseconds)) {
    throw new RangeError(`nanoseconds must be a finite number, not ${show(nanoseconds)}`)
  }
  return new Date(
    Number(
      offset +
        (typeof nanoseconds === 'number' ? BigInt(Math.round(nanoseconds)) : requireBigint(nanoseconds, 'nanoseconds')),
    ) / 1e6,
  )
}

function timeOf(date: Date): number {
  const time = requireInstance(date, Date, 'date').getTime()
  if (Number.isNaN(time)) throw new RangeError(`date must be a time, not ${show(date)}`)
  return time
}
