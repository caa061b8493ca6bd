const bars = '▁▂▃▄▅▆▇█'

/** A bar for each value, the highest for the greatest of them; none for zero. */
export function sparkline(values: readonly number[]): string {
  const greatest = Math.max(...values, 0)
  return values
    .map((value) => (value > 0 ? bars[Math.min(bars.length - 1, Math.floor((value / greatest) * bars.length))] : ' '))
    .join('')
}
