/**
 * Converts `bpf_ktime_get_ns` (CLOCK_MONOTONIC, which `process.hrtime` reads too) to milliseconds since 1970. Made anew for each
 * snapshot, so that a clock that is set moves later records only.
 */
export function wallClock(): (monotonicNs: number) => number {
  const offset = Date.now() - Number(process.hrtime.bigint()) / 1e6
  return (monotonicNs) => offset + monotonicNs / 1e6
}
