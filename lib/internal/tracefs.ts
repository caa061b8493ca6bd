import { statSync } from 'node:fs'
import { mountsOf } from './settings.js'

/** Where libbpf and this package look for tracefs. */
const places = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'] as const

/** The path of tracefs; undefined if it is not mounted, or if this process cannot access it. */
export function usableTracefs(): string | undefined {
  return places.find((place) => isThere(`${place}/events`))
}

/** Why tracefs cannot be used, and what to do. */
export function tracefsFailure(): string {
  const mounted = mountsOf('tracefs')
  const known = mounted.find((path) => (places as readonly string[]).includes(path))
  if (known !== undefined) {
    return `tracefs is mounted at ${known}, but this process may not read it: run as root or with CAP_DAC_READ_SEARCH, or give a group access: mount -o remount,gid=GROUP ${known}`
  }
  const where = mounted[0] === undefined ? '' : ` at ${places.join(' or ')}, only at ${mounted[0]}`
  return `tracefs is not mounted${where}: mount -t tracefs tracefs ${places[0]}`
}

/** Whether tracefs is mounted at one of the known paths, but this process cannot access it. */
export function isTracefsClosed(): boolean {
  return (
    usableTracefs() === undefined && mountsOf('tracefs').some((path) => (places as readonly string[]).includes(path))
  )
}

// Uses stat(2): access(2), which existsSync calls, ignores capabilities such as CAP_DAC_READ_SEARCH.
function isThere(path: string): boolean {
  try {
    return statSync(path) !== undefined
  } catch {
    return false
  }
}
