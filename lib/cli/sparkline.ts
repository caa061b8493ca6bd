const bars = '▁▂▃▄▅▆▇█'

/** One bar per value, the highest for the greatest value; no bar for zero. */
export function sparkline(values: readonly number[]): string {
  const greatest = Math.max(...values, 0)
  return values
    .map((value) => (value > 0 ? bars[Math.min(bars.length - 1, Math.floor((value / greatest) * bars.length))] : ' '))
    .join('')
}
