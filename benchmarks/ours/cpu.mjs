import { readFileSync } from 'node:fs'

/** Of getconf CLK_TCK: what Linux tells user space on every architecture. */
const ticksPerSecond = 100

/** Seconds that the processors were busy since the machine started: user, nice, system, irq and softirq of /proc/stat. */
export function cpuSeconds() {
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9).slice(1).map(Number)
  return (user + nice + system + irq + softirq) / ticksPerSecond
}
