import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import Module from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { createError } from './create-error.js'
import { packageRoot } from './package-root.js'
import { requireLinux } from './require-linux.js'

/** The `operation` of errors that mean that nothing works on this system. */
export const addonOperation = 'load the addon'

/**
 * The addon's exports, from build/Release if it was built here, or from the prebuild for this system. The environment variable
 * EBPF_PREBUILD names another folder with one of the two; a single executable, which has no package beside it, finds the addon there.
 *
 * @throws {NotSupportedError} ENOTSUP if this is not Linux.
 * @throws {BpfError} ERR_DLOPEN_FAILED if there is no addon for this system, or it cannot be loaded.
 */
export function loadAddon(): unknown {
  requireLinux(addonOperation)
  const root = packageRoot()
  const require = Module.createRequire(`${root}/`)
  const file = findAddon(require, root)
  try {
    requireWhole(file)
    return require(file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_DLOPEN_DISABLED') throw disabled(cause)
    throw failure(`the addon of ebpf, ${file}, cannot be loaded: ${firstLine(cause)}`, cause, adviceFor(cause))
  }
}

function findAddon(require: NodeJS.Require, root: string): string {
  const folder = resolve(process.env.EBPF_PREBUILD ?? root)
  const places = [`${folder}/build/Release`, `${folder}/prebuilds/linux-${process.arch}`]
  try {
    return finder(require)?.resolve(root) ?? firstAddon(places)
  } catch (cause) {
    const looked = `looked in ${places.join(' and ')}`
    const closed = places.flatMap((place) => [dirname(place), place]).find(isClosed)
    if (closed !== undefined) throw failure(`the addon of ebpf cannot be looked for in ${closed}`, cause, unreadable)
    if (process.env.EBPF_PREBUILD) {
      const message = `EBPF_PREBUILD names ${folder}, which has no addon of ebpf for this system: ${looked}. ${firstLine(cause)}`
      throw loadError(message, cause)
    }
    throw failure(`ebpf has no addon for this system: ${looked}. ${firstLine(cause)}`, cause)
  }
}

/** node-gyp-build; undefined if it is not installed, as beside a single executable. */
function finder(require: NodeJS.Require): { resolve(root: string): string } | undefined {
  try {
    return require('node-gyp-build')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function firstAddon(folders: readonly string[]): string {
  const files = folders.flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [],
  )
  const file = files.find((path) => /^ebpf\b.*\.node$/.test(basename(path)))
  if (file === undefined)
    throw new Error('No ebpf.node is there, and node-gyp-build, which looks elsewhere too, is not installed')
  return file
}

/** Addons are disabled, by the permission model or by --no-addons. */
function disabled(cause: unknown) {
  const how = process.permission
    ? 'the permission model of Node.js forbids addons: start it with --allow-addons too'
    : 'this Node.js loads no addons: start it without --no-addons'
  return loadError(`ebpf is an addon of Node.js, and ${how}`, cause)
}

/** The loader would crash with SIGBUS on a truncated file, as a full disk leaves it. The section table is at the end of the file. */
function requireWhole(file: string): void {
  const fd = openSync(file, 'r')
  try {
    const header = new DataView(new ArrayBuffer(64)) // Elf64_Ehdr of elf(5)
    const { size } = fstatSync(fd)
    const little = readSync(fd, header) === header.byteLength && header.getUint8(5) === 1
    if (!little) return // an empty file, or not an ELF file: the loader reports it
    const sections = header.getUint16(58, true) * header.getUint16(60, true)
    const whole = Number(header.getBigUint64(40, true)) + sections
    if (size < whole) throw new Error(`it has ${size} bytes of ${whole}`)
  } finally {
    closeSync(fd)
  }
}

/** The addon is from another release, for example because EBPF_PREBUILD names a copy that was not updated with the package. */
export function otherRelease(missing: string) {
  const copy = process.env.EBPF_PREBUILD
  const from = copy === undefined ? '' : `; EBPF_PREBUILD names the copy that it is from, ${copy}: copy it anew`
  return failure(
    `the addon of ebpf is of another release than its JavaScript: it has no '${missing}'${from}`,
    undefined,
  )
}

function failure(what: string, cause: unknown, advice = rebuilding) {
  return loadError(`${what}. ${advice}`, cause)
}

const rebuilding = '`npx ebpf rebuild` builds one from source, with the C++ compiler of this machine.'
const unreadable = 'This process may not read it: chmod -R a+rX gives the permission.'
const unmappable =
  'The loader may not run code from there: the file system is mounted with noexec, or a security policy forbids it. Install the package on another file system.'

/** In the first two cases, another addon in the same folder would not help. */
function adviceFor(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'EACCES') return unreadable
  return message.includes('failed to map segment') ? unmappable : rebuilding
}

/** Whether the folder exists but cannot be listed: node-gyp-build takes it for an empty one. */
function isClosed(folder: string): boolean {
  try {
    readdirSync(folder)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

const loadError = (message: string, cause: unknown) =>
  createError({ code: 'ERR_DLOPEN_FAILED', errno: 0, operation: addonOperation, message, cause })

/** For node-gyp-build, the system that it looked for; for the loader, what is wrong with the file. */
const firstLine = (cause: unknown) => (cause as Error).message.split('\n')[0]
