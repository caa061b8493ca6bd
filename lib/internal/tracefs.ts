import { statSync } from 'node:fs'
import { mountsOf } from './settings.js'

/** Where libbpf and this package look for it. */
const places = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'] as const

/** Where tracefs can be used; undefined where it is not mounted, or only root may look into it. */
export function usableTracefs(): string | undefined {
  return places.find((place) => isThere(`${place}/events`))
}

/** Why tracefs cannot be used, and what to do. */
export function tracefsFailure(): string {
  const mounted = mountsOf('tracefs')
  const known = mounted.find((path) => (places as readonly string[]).includes(path))
  if (known !== undefined) {
    return `tracefs is mounted at ${known}, but this process may not look into it: run as root or with CAP_DAC_READ_SEARCH, or give a group access: mount -o remount,gid=GROUP ${known}`
  }
  const where = mounted[0] === undefined ? '' : ` at ${places.join(' or ')}, only at ${mounted[0]}`
  return `tracefs is not mounted${where}: mount -t tracefs tracefs ${places[0]}`
}

/** Whether it is mounted where it is looked for, and closed to this process. */
export function isTracefsClosed(): boolean {
  return (
    usableTracefs() === undefined && mountsOf('tracefs').some((path) => (places as readonly string[]).includes(path))
  )
}

// By stat(2): access(2), which existsSync calls, ignores capabilities such as CAP_DAC_READ_SEARCH.
function isThere(path: string): boolean {
  try {
    return statSync(path) !== undefined
  } catch {
    return false
  }
}
