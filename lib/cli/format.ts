const units = ['', 'k', 'M', 'G', 'T', 'P'] as const

/** Three significant digits and a decimal prefix: `1.23M`. */
export function quantity(value: number, unit = ''): string {
  let scaled = value
  let prefix = 0
  while (scaled >= 999.5 && prefix < units.length - 1) {
    scaled /= 1000
    prefix++
  }
  const digits = prefix === 0 && Number.isInteger(scaled) ? 0 : digitsOf(scaled)
  return `${scaled.toFixed(digits)}${unit === '' ? '' : ' '}${units[prefix]}${unit}`
}

/** With enough digits to show both a hundredth of a percent and a few percent precisely: `0.010 %`, `5.00 %`. */
export function percentage(ratio: number): string {
  const percent = ratio * 100
  if (percent === 0) return '0 %'
  if (percent < 0.0005) return '<0.001 %'
  return `${percent.toFixed(percent < 0.9995 ? 3 : digitsOf(percent))} %`
}

/** Formats microseconds: `850 µs`, `12.3 ms`, `1.20 s`. */
export function span(microseconds: number): string {
  if (microseconds < 999.5) return `${Math.round(microseconds)} µs`
  const milliseconds = microseconds / 1000
  if (milliseconds < 999.5) return `${milliseconds.toFixed(digitsOf(milliseconds))} ms`
  const seconds = milliseconds / 1000
  return `${seconds.toFixed(digitsOf(seconds))} s`
}

/** Formats milliseconds: `0:05`, `1:02:03`. */
export function stopwatch(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  const two = (value: number) => String(Math.floor(value) % 60).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  return `${hours > 0 ? `${hours}:${two(seconds / 60)}` : Math.floor(seconds / 60)}:${two(seconds)}`
}

export const whole = (count: number): string => count.toLocaleString('en')

export function endpoint(address: string, port: number): string {
  if (port === 0) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** How many digits after the point give three significant ones. */
const digitsOf = (value: number) => Math.max(0, 2 - Math.floor(Math.log10(Math.max(value, 1))))
