import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

let found: string | undefined

/**
 * The directory of this package: the addon and the programs that come with it are there. It is looked for upwards from the running
 * file, and, where a bundler has put this code into another file, as that file would find the package `ebpf`. A single executable
 * finds neither: there it is the folder that EBPF_PREBUILD names.
 */
export function packageRoot(): string {
  found ??= find()
  return found
}

function find(): string {
  const file = runningFile()
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    if (packageName(directory) === 'ebpf') return directory
    if (directory === dirname(directory)) return installedFor(file)
  }
}

/** A bundler that writes CommonJS leaves `import.meta` empty. */
function runningFile(): string {
  const url: string | undefined = import.meta.url
  return url === undefined ? __filename : fileURLToPath(url)
}

function installedFor(file: string): string {
  try {
    return dirname(createRequire(file).resolve('ebpf/package.json'))
  } catch (cause) {
    if (process.env.EBPF_PREBUILD) return resolve(process.env.EBPF_PREBUILD)
    const message = `${file} has the code of ebpf in it, but the package itself, which holds the addon, is not installed where that file could find it, and EBPF_PREBUILD names no copy of it: install ebpf beside the bundle`
    throw new Error(message, { cause })
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
