import { release } from 'node:os'

/** Whether the running kernel's version is below `version`, `major.minor`. */
export function isOlderThan(version: string): boolean {
  const [major, minor] = numbers(release())
  const [wantedMajor, wantedMinor] = numbers(version)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}

/** The relevant numbers are at the start of `6.12.0-1-amd64` and `7.2-rc1`. */
function numbers(version: string): [major: number, minor: number] {
  const [major = '', minor = ''] = version.split('.', 2)
  return [Number.parseInt(major, 10), Number.parseInt(minor, 10)]
}
