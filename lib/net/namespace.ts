import { constants, openSync, readdirSync, type Stats, statfsSync, statSync } from 'node:fs'
import { type OptionNames, requireOptions, requireText } from '../arguments.js'
import { BpfError } from '../errors.js'
import { createError } from '../internal/create-error.js'
import { requireLinux } from '../internal/require-linux.js'
import { systemError } from '../internal/system-error.js'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

export interface NetnsOptions {
  /**
   * The network namespace: a file, `/proc/PID/ns/net`, or, without a slash, a name as of `ip netns`, whose file is in `/run/netns`.
   * Default: the process's own.
   */
  readonly netns?: string
}

export const netnsNames: OptionNames<NetnsOptions> = { netns: true }

/** A network namespace. It is the same as another when both `inode` and `device` are. */
export interface NetworkNamespace {
  readonly file: string
  /** What programs and sockets call it by: `net->ns.inum`. */
  readonly inode: number
  readonly device: number
}

const directory = '/run/netns'

/** The file of a namespace that is given by its file or by its name. */
export function netnsFile(netns: string): string {
  return netns.includes('/') ? netns : `${directory}/${netns}`
}

/**
 * The network namespace that the options name.
 *
 * @throws {BpfError} ENOENT when it has no file. EINVAL when the file is no namespace's.
 */
export function networkNamespace(options: NetnsOptions = {}): NetworkNamespace {
  const { netns } = requireOptions(options, netnsNames)
  const file = netns === undefined ? '/proc/self/ns/net' : netnsFile(requireText(netns, 'netns'))
  return opening(file, (operation) => {
    const { ino, dev } = statSync(file)
    if (isNamespace(file)) return { file, inode: ino, device: dev }
    // Linux 5.10 shows the link itself to a process that may not follow it, newer kernels say EACCES.
    if (typeOf(file) === procfs && /\/ns\/net$/.test(file)) throw createError({ code: 'EACCES', errno: 13, operation })
    throw createError({ code: 'EINVAL', errno: 22, operation, message: `${file} is not a network namespace` })
  })
}

/** A descriptor of the namespace of a file, which the caller closes. Nothing that is no namespace is waited for. */
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
    const why = code === 'ENOENT' ? notThere(file) : undefined
    const message = why && `${operation}: ${code}: ${why}`
    throw createError({ code, errno: Math.abs(errno), operation, cause, ...(message && { message }) })
  }
}

/** What to do about a namespace that is not there; undefined where nothing is known of it. */
function notThere(file: string): string | undefined {
  const process = /^\/proc\/(\d+)\/ns\/net$/.exec(file)?.[1]
  if (process !== undefined) return `there is no process ${process}`
  if (!file.startsWith(`${directory}/`)) return undefined
  const name = file.slice(directory.length + 1)
  const all = namesIfPossible()
  const listed = all.length === 0 ? 'is empty' : `has ${all.slice(0, mostListed).map(printable).join(', ')}`
  const more = all.length > mostListed ? ', …' : ''
  return `there is no network namespace '${printable(name)}': ${directory} ${listed}${more}${didYouMean(name, all)}; of a container give /proc/PID/ns/net`
}

const mostListed = 10

function namesIfPossible(): string[] {
  try {
    return names()
  } catch {
    return []
  }
}

/** The namespaces that `ip netns` lists, by name. A file without a namespace, as is left of one whose mount is gone, is none. */
export function networkNamespaces(): Map<string, NetworkNamespace> {
  requireLinux('list the network namespaces')
  const namespaces = new Map<string, NetworkNamespace>()
  for (const name of names()) {
    const file = `${directory}/${name}`
    const stats = unlessGone(() => (isNamespace(file) ? statSync(file) : undefined))
    if (stats) namespaces.set(name, { file, inode: stats.ino, device: stats.dev })
  }
  return namespaces
}

/** Whether the file is still that namespace's: not removed, not given to another, its process not ended. */
export function isThere({ file, inode, device }: NetworkNamespace): boolean {
  const stats = unlessGone(() => statSync(file))
  return stats?.ino === inode && stats.dev === device
}

// Types of filesystems: NSFS_MAGIC and PROC_SUPER_MAGIC of linux/magic.h.
const nsfs = 0x6e736673
const procfs = 0x9fa0

const typeOf = (file: string) => statfsSync(file).type
const isNamespace = (file: string) => typeOf(file) === nsfs

/** Undefined when it is gone, or its process is. */
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
    return readdirSync(directory).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw systemError(error, `list ${directory}`)
  }
}
