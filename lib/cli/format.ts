const units = ['', 'k', 'M', 'G', 'T', 'P'] as const

/** Three significant digits and a decimal prefix: `1.23M`. */
export function quantity(value: number, unit = ''): string {
  let scaled = value
  let prefix = 0
  while (scaled >= 999.5 && prefix < units.length - 1) {
    scaled /= 1000
    prefix++
  }
  const digits =
    prefix === 0 && Number.isInteger(scaled) ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.max(scaled, 1))))
  return `${scaled.toFixed(digits)}${prefix === 0 && unit === '' ? '' : ' '}${units[prefix]}${unit}`.trimEnd()
}

export function endpoint(address: string, port: number): string {
  if (port === 0) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
