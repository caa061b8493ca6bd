import { readFileSync } from 'node:fs'
import { release } from 'node:os'

/** Whether the running kernel is older than `version`, `major.minor`. */
export function isOlderThan(version: string): boolean {
  const [major = 0, minor = 0] = release().split('.', 2).map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}

/** Whether the running kernel, or a module of it, has a function of that name. */
export function hasKernelSymbol(name: string): boolean {
  return new RegExp(` [tTwW] ${name}\\b`).test(readFileSync('/proc/kallsyms', 'latin1'))
}
