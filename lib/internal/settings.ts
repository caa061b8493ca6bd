import { readFileSync } from 'node:fs'

// The settings of the kernel and the machine, as far as files show them. They are read every time, because settings change.

export type Lockdown = 'none' | 'integrity' | 'confidentiality'

/** A file's text; undefined if it cannot be read. */
export function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Parses `[none] integrity confidentiality`; undefined without securityfs, or if the kernel has no lockdown. */
export function lockdownLevel(): Lockdown | undefined {
  const chosen = /\[(\w+)\]/.exec(text('/sys/kernel/security/lockdown') ?? '')?.[1]
  return chosen === 'none' || chosen === 'integrity' || chosen === 'confidentiality' ? chosen : undefined
}

/** Undefined if securityfs is not mounted. */
export function securityModules(): readonly string[] | undefined {
  return text('/sys/kernel/security/lsm')?.trim().split(',')
}

/** The value of a sysctl, such as `kernel/kptr_restrict`. */
export function sysctl(name: string): number | undefined {
  const value = Number.parseInt(text(`/proc/sys/${name}`) ?? '', 10)
  return Number.isNaN(value) ? undefined : value
}

/** The paths where a file system of that type is mounted, shortest first. */
export function mountsOf(type: string): string[] {
  const mounts = (text('/proc/self/mounts') ?? '').split('\n').map((line) => line.split(' '))
  const paths = mounts.flatMap(([, path, is]) => (is === type && path !== undefined ? [path] : []))
  return paths.sort((a, b) => a.length - b.length)
}

/** A soft limit of this process, by its line in `/proc/self/limits`; Infinity if there is no limit. */
export function limit(name: 'Max locked memory' | 'Max open files' | 'Max processes'): number | undefined {
  const value = new RegExp(`^${name}\\s+(\\w+)`, 'm').exec(text('/proc/self/limits') ?? '')?.[1]
  if (value === undefined) return undefined
  return value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value)
}
