import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { mountsOf } from './settings.js'

/** BPF_FS_MAGIC of include/uapi/linux/magic.h */
export const bpfFsMagic = 0xcafe4a11

/** The path of the pin that the operation, or libbpf's log of a load, refers to. */
export function pinPathOf(operation: string, log: string): string | undefined {
  const path = /^(?:pin .*?at|open .*?pinned at|open the link at|unpin) (\/.*)$/.exec(operation)
  const auto =
    /^libbpf: .*(?:failed to auto-pin at '|couldn't retrieve pinned map '|failed to pin at ')([^\n']+)'/m.exec(log)
  return path?.[1] ?? auto?.[1]
}

/** What is wrong with the path of a pin; undefined if the path is not the problem. */
export function pinFailure(path: string, code: string): string | undefined {
  if (code === 'ENAMETOOLONG') return `a name in ${path} is longer than 255 bytes, or the path is longer than 4095`
  if (code === 'ENOENT') return missingFolder(path)
  const dotted = dottedName(path)
  if (code === 'EPERM' && dotted !== undefined)
    return `a name on a bpffs must not contain a dot, as '${dotted}' does in ${path}`
  const known = isOnBpffs(path)
  if ((code === 'EINVAL' || code === 'EPERM') && known === false) return notOnBpffs(path)
  return undefined
}

/** The message also says what to do. */
export function notOnBpffs(path: string): string {
  const [mounted] = mountsOf('bpf')
  const where = mounted === undefined ? 'mount one: mount -t bpf bpf /sys/fs/bpf' : `one is at ${mounted}`
  return `${path} is not on a bpffs; ${where}`
}

/** For a pin, only the last directory is created, not those above it. */
function missingFolder(path: string): string | undefined {
  const above = dirname(dirname(path))
  return exists(above) === false ? `${above} does not exist: only the last directory of a pin is created` : undefined
}

function dottedName(path: string): string | undefined {
  const root = mountsOf('bpf').findLast((mount) => path.startsWith(`${mount}/`)) ?? '/sys/fs/bpf'
  if (!path.startsWith(`${root}/`)) return undefined
  return path
    .slice(root.length + 1)
    .split('/')
    .find((name) => name.includes('.'))
}

/** Undefined if it cannot be known. */
export function isOnBpffs(path: string): boolean | undefined {
  const type = filesystem(dirname(path)) ?? filesystem(dirname(dirname(path)))
  return type === undefined ? undefined : type === bpfFsMagic
}

const exists = (path: string) => filesystem(path) !== undefined

function filesystem(path: string): number | undefined {
  try {
    return statfsSync(path).type >>> 0
  } catch {
    return undefined
  }
}
