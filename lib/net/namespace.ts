import { constants, openSync, readdirSync, type Stats, statfsSync, statSync } from 'node:fs'
import { type OptionNames, requireIterable, requireOptions, requireText } from '../arguments.js'
import { BpfError } from '../errors.js'
import type { NativeNetns } from '../internal/binding.js'
import { createError } from '../internal/create-error.js'
import { namespaceFolder } from '../internal/missing-namespace.js'
import { requireLinux } from '../internal/require-linux.js'
import { systemError } from '../internal/system-error.js'
import { isUrl, type Path, pathOf } from '../path.js'

/** Names a network namespace. */
export interface NetnsOptions {
  /**
   * The network namespace: a file such as `/proc/PID/ns/net`, its `file:` URL, or a name without a slash, as `ip netns` uses it; that
   * file is in `/run/netns`. Default: the process's own.
   */
  readonly netns?: Path
}

export const netnsNames: OptionNames<NetnsOptions> = { netns: true }

/** `netns` as the addon takes it. */
export function nativeNetns({ netns }: NetnsOptions): NativeNetns {
  return netns === undefined ? {} : { netns: pathOf(netns) }
}

/** One namespace or several, by their paths and names. */
export function netnsList(netns: Path | readonly Path[]): readonly string[] {
  const given = typeof netns === 'string' || isUrl(netns) ? [netns] : requireIterable(netns, 'netns')
  return Array.from(given, (one) => requireText(pathOf(one), 'netns'))
}

/** A network namespace. Two of them are the same if both `inode` and `device` are equal. */
export interface NetworkNamespace {
  /** The path of its file. */
  readonly file: string
  /** The number that programs and sockets use for it: `net->ns.inum`. */
  readonly inode: number
  /** The device number of the filesystem that the file is in. */
  readonly device: number
}

/** The file of a namespace that is given by file or by name. */
export function netnsFile(netns: string): string {
  return netns.includes('/') ? netns : `${namespaceFolder}/${netns}`
}

/**
 * The network namespace that the options name.
 *
 * @throws {BpfError} ENOENT if it has no file. EINVAL if the file is not a network namespace.
 */
export function networkNamespace(options: NetnsOptions = {}): NetworkNamespace {
  const { netns } = nativeNetns(requireOptions(options, netnsNames))
  const file = netns === undefined ? '/proc/self/ns/net' : netnsFile(requireText(netns, 'netns'))
  return opening(file, (operation) => {
    const { ino, dev } = statSync(file)
    if (isNamespace(file)) return { file, inode: ino, device: dev }
    // Linux 5.10 shows the link itself to a process that may not follow it; newer kernels return EACCES.
    if (typeOf(file) === procfs && /\/ns\/net$/.test(file)) throw createError({ code: 'EACCES', errno: 13, operation })
    throw createError({ code: 'EINVAL', errno: 22, operation, message: `${file} is not a network namespace` })
  })
}

/** Opens a namespace's file; the caller closes the descriptor. Never waits, even if the file is not a namespace. */
export const openNamespace = (file: string): number =>
  opening(file, () => openSync(file, constants.O_RDONLY | constants.O_NONBLOCK))

function opening<T>(file: string, open: (operation: string) => T): T {
  const operation = `open network namespace ${file}`
  requireLinux(operation)
  try {
    return open(operation)
  } catch (cause) {
    if (cause instanceof BpfError) throw cause
    const { code = 'EIO', errno = 0 } = cause as NodeJS.ErrnoException
    throw createError({ code, errno: Math.abs(errno), operation, cause })
  }
}

/** The namespaces that `ip netns` lists, by name. A file without a namespace, as remains when its mount is gone, is left out. */
export function networkNamespaces(): Map<string, NetworkNamespace> {
  requireLinux('list the network namespaces')
  const namespaces = new Map<string, NetworkNamespace>()
  for (const name of names()) {
    const file = `${namespaceFolder}/${name}`
    const stats = unlessGone(() => (isNamespace(file) ? statSync(file) : undefined))
    if (stats) namespaces.set(name, { file, inode: stats.ino, device: stats.dev })
  }
  return namespaces
}

/** Whether the file is still that namespace's: not removed, not reused for another one, and its process has not ended. */
export function isThere({ file, inode, device }: NetworkNamespace): boolean {
  const stats = unlessGone(() => statSync(file))
  return stats?.ino === inode && stats.dev === device
}

// Filesystem types: NSFS_MAGIC and PROC_SUPER_MAGIC in linux/magic.h.
const nsfs = 0x6e736673
const procfs = 0x9fa0

const typeOf = (file: string) => statfsSync(file).type
const isNamespace = (file: string) => typeOf(file) === nsfs

/** Undefined if the file or its process is gone. */
function unlessGone(look: () => Stats | undefined): Stats | undefined {
  try {
    return look()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ESRCH', 'ENOTDIR'].includes(code)) return undefined
    throw error
  }
}

function names(): string[] {
  try {
    return readdirSync(namespaceFolder).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw systemError(error, `list ${namespaceFolder}`)
  }
}
