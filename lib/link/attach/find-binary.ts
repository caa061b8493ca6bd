import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { createError } from '../../internal/create-error.js'

const triplets: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
}

/**
 * The path of a program or a library. A path with a slash is returned unchanged. A bare name is searched for in the same directories as
 * by libbpf (resolve_full_path in libbpf.c), which only does so for some ways of attaching: a library (ends in `.so` or contains `.so.`)
 * in LD_LIBRARY_PATH, /usr/lib64, /usr/lib and Debian's directory for the architecture, anything else in PATH, /usr/bin and /usr/sbin.
 *
 * @throws {BpfError} ENOENT if none of them contains it.
 */
export function findBinary(name: string): string {
  if (typeof name !== 'string' || name.includes('/')) return name
  const triplet = triplets[process.arch]
  const isLibrary = name.endsWith('.so') || name.includes('.so.')
  const directories = isLibrary
    ? [...split(process.env.LD_LIBRARY_PATH), '/usr/lib64', '/usr/lib', ...(triplet ? [`/lib/${triplet}`] : [])]
    : [...split(process.env.PATH), '/usr/bin', '/usr/sbin']
  const mode = isLibrary ? constants.R_OK : constants.R_OK | constants.X_OK
  const found = directories.map((directory) => join(directory, name)).find((path) => isAccessible(path, mode))
  if (found !== undefined) return found
  throw createError({
    code: 'ENOENT',
    errno: 2,
    operation: `find ${name}`,
    message: `'${name}' was not found in ${directories.join(', ')}; pass a path with a slash for a file elsewhere`,
  })
}

const split = (path: string | undefined) => (path ?? '').split(':').filter((directory) => directory !== '')

function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    // An empty name gives the directory itself.
    return statSync(path).isFile()
  } catch {
    return false
  }
}
