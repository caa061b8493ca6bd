import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { gunzipSync } from 'node:zlib'

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

let config: ReadonlySet<string> | undefined

/** The options that the kernel was built with, without `CONFIG_`; undefined where it does not tell. */
export function kernelConfig(): ReadonlySet<string> | undefined {
  config ??= readConfig(() => gunzipSync(readFileSync('/proc/config.gz')))
  config ??= readConfig(() => readFileSync(`/boot/config-${release()}`))
  return config
}

function readConfig(read: () => Buffer): ReadonlySet<string> | undefined {
  try {
    return new Set(
      Array.from(
        read()
          .toString()
          .matchAll(/^CONFIG_(\w+)=[ym]$/gm),
        ([, option]) => option ?? '',
      ),
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
