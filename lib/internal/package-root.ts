import { readFileSync } from 'node:fs'
// By its default export: of a lone `createRequire` webpack makes a require of its own, which knows of no files.
import Module from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
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
 * The file that this code is in, as far as bundlers let it know: one that writes CommonJS may leave `import.meta` empty, webpack puts
 * the place in it that the code had when it was bundled, and some give every module the name `/index.js`. The main script is then
 * the bundle, or lies beside it.
 */
function* runningFiles(): Generator<string> {
  try {
    // Asked without `typeof`, which webpack answers for itself.
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

// Reads without asking first: access(2) ignores capabilities such as CAP_DAC_READ_SEARCH.
function packageName(directory: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).name
  } catch {
    return undefined
  }
}
