import { release } from 'node:os'

/** Whether the running kernel is older than `version`, `major.minor`. */
export function isOlderThan(version: string): boolean {
  const [major = 0, minor = 0] = release().split('.', 2).map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}
