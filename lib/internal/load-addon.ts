import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import Module from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { createError } from './create-error.js'
import { packageRoot } from './package-root.js'
import { requireLinux } from './require-linux.js'

/** The `operation` of the errors that say that nothing works here. */
export const addonOperation = 'load the addon'

/**
 * The addon's exports: of build/Release, where it was built here, or of the prebuild for this system. The variable EBPF_PREBUILD names
 * another folder that holds one of the two; a single executable, which has no package beside it, finds it there.
 *
 * @throws {NotSupportedError} ENOTSUP where this is not Linux.
 * @throws {BpfError} ERR_DLOPEN_FAILED when there is no addon for this system, or the one that there is cannot be loaded.
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

/** node-gyp-build; undefined where nothing is installed, as beside a single executable. */
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

/** By the permission model, or by --no-addons. */
function disabled(cause: unknown) {
  const how = process.permission
    ? 'the permission model of Node.js forbids addons: start it with --allow-addons too'
    : 'this Node.js loads no addons: start it without --no-addons'
  return loadError(`ebpf is an addon of Node.js, and ${how}`, cause)
}

/** The loader would end the process with SIGBUS where the file is cut short, as a full disk leaves it: the table of sections stands last. */
function requireWhole(file: string): void {
  const fd = openSync(file, 'r')
  try {
    const header = new DataView(new ArrayBuffer(64)) // Elf64_Ehdr of elf(5)
    const { size } = fstatSync(fd)
    const little = readSync(fd, header) === header.byteLength && header.getUint8(5) === 1
    if (!little) return // an empty file, or no ELF file: the loader says so
    const sections = header.getUint16(58, true) * header.getUint16(60, true)
    const whole = Number(header.getBigUint64(40, true)) + sections
    if (size < whole) throw new Error(`it has ${size} bytes of ${whole}`)
  } finally {
    closeSync(fd)
  }
}

/** As where EBPF_PREBUILD names a copy that was left behind when the package was updated. */
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

/** Another addon in the same place would not help against either of the first two. */
function adviceFor(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'EACCES') return unreadable
  return message.includes('failed to map segment') ? unmappable : rebuilding
}

/** Whether the folder is there and may not be listed: node-gyp-build takes it for an empty one. */
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

/** node-gyp-build says what system it has looked for; the loader, what is wrong with the file. */
const firstLine = (cause: unknown) => (cause as Error).message.split('\n')[0]
