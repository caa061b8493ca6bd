import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import Module from 'node:module'
import { createError } from './create-error.js'
import { packageRoot } from './package-root.js'
import { requireLinux } from './require-linux.js'

/** The `operation` of the errors that say that nothing works here. */
export const addonOperation = 'load the addon'

/**
 * The addon's exports: of build/Release, where it was built here, or of the prebuild for this system. The variable EBPF_PREBUILD names
 * another folder that holds one of the two.
 *
 * @throws {NotSupportedError} ENOTSUP where this is not Linux.
 * @throws {BpfError} ERR_DLOPEN_FAILED when there is no addon for this system, or the one that there is cannot be loaded.
 */
export function loadAddon(): unknown {
  requireLinux(addonOperation)
  const root = packageRoot()
  const require = Module.createRequire(`${root}/`)
  const file = findAddon(nodeGypBuild(require, root), root)
  try {
    requireWhole(file)
    return require(file)
  } catch (cause) {
    throw failure(`the addon of ebpf, ${file}, cannot be loaded: ${firstLine(cause)}`, cause)
  }
}

interface NodeGypBuild {
  resolve(root: string): string
}

function nodeGypBuild(require: NodeJS.Require, root: string): NodeGypBuild {
  try {
    return require('node-gyp-build')
  } catch (cause) {
    const message = `the package node-gyp-build, which finds the addon of ebpf, cannot be loaded from ${root}: ${firstLine(cause)}. Install it there, or leave it out of the bundle.`
    throw createError({ code: 'ERR_DLOPEN_FAILED', errno: 0, operation: addonOperation, message, cause })
  }
}

function findAddon(finder: NodeGypBuild, root: string): string {
  try {
    return finder.resolve(root)
  } catch (cause) {
    const folder = process.env.EBPF_PREBUILD ?? root
    const places = `${folder}/build/Release and ${folder}/prebuilds/linux-${process.arch}`
    throw failure(`ebpf has no addon for this system: looked in ${places}. ${firstLine(cause)}`, cause)
  }
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

function failure(what: string, cause: unknown) {
  const message = `${what}. \`npx ebpf rebuild\` builds one from source, with the C++ compiler of this machine.`
  return createError({ code: 'ERR_DLOPEN_FAILED', errno: 0, operation: addonOperation, message, cause })
}

/** node-gyp-build says what system it has looked for; the loader, what is wrong with the file. */
const firstLine = (cause: unknown) => (cause as Error).message.split('\n')[0]
