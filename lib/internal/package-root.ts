import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory that holds this package's package.json, looked for upwards from the running file. */
export function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  for (let directory = start; ; directory = dirname(directory)) {
    if (packageName(directory) === 'ebpf') return directory
    if (directory === dirname(directory)) throw new Error(`no package.json of ebpf above ${start}`)
  }
}

// Reads without asking first: access(2) ignores capabilities such as CAP_DAC_READ_SEARCH.
function packageName(directory: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).name
  } catch {
    return undefined
  }
}
