import { readFileSync } from 'node:fs'
// Uses the default export: webpack replaces a lone `createRequire` with its own require, which cannot find files.
import Module from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

let found: string | undefined

/**
 * The directory of this package, with the addon and the bundled programs. It is searched upwards from the running file. If a bundler has
 * put this code into another file, it is resolved as that file would resolve the package `ebpf`. A single executable finds neither: it uses
 * the folder that EBPF_PREBUILD names.
 */
export function packageRoot(): string {
  found ??= find()
  return found
}

function find(): string {
  const files = [...new Set(runningFiles())].filter(isAbsolute)
  const errors: unknown[] = []
  for (const file of files) {
    const root = above(file)
    if (root !== undefined) return root
    try {
      return dirname(Module.createRequire(file).resolve('ebpf/package.json'))
    } catch (cause) {
      errors.push(cause)
    }
  }
  if (process.env.EBPF_PREBUILD) return resolve(process.env.EBPF_PREBUILD)
  const message = `${files.join(' or ')} has the code of ebpf in it, but the package itself, which holds the addon, is not installed where that file could find it, and EBPF_PREBUILD names no copy of it: install ebpf beside the bundle`
  throw new Error(message, { cause: errors[0] })
}

/**
 * The file that contains this code, as far as bundlers reveal it. A bundler that writes CommonJS may leave `import.meta` empty, webpack
 * sets it to the path that the code had when it was bundled, and some call every module `/index.js`. The main script is then the bundle,
 * or is beside it.
 */
function* runningFiles(): Generator<string> {
  try {
    // Without `typeof`, which webpack evaluates itself.
    yield __filename
  } catch {} // an ES module
  const url: string | undefined = import.meta.url
  if (url?.startsWith('file:')) yield fileURLToPath(url)
  if (process.argv[1] !== undefined) yield process.argv[1]
}

function above(file: string): string | undefined {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    if (packageName(directory) === 'ebpf') return directory
    if (directory === dirname(directory)) return undefined
  }
}

// Reads without checking first: access(2) ignores capabilities such as CAP_DAC_READ_SEARCH.
function packageName(directory: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).name
  } catch {
    return undefined
  }
}
