import { readdirSync } from 'node:fs'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

/** The folder where `ip netns` keeps the files of its namespaces. */
export const namespaceFolder = '/run/netns'

const mostListed = 10

/** The message for a network namespace whose file does not exist; undefined for another failure, or a file elsewhere. */
export function missingNamespace(code: string, operation: string): string | undefined {
  const file = /^open network namespace (.+)$/.exec(operation)?.[1]
  if (code !== 'ENOENT' || file === undefined) return undefined
  const process = /^\/proc\/(\d+)\/ns\/net$/.exec(file)?.[1]
  if (process !== undefined) return `there is no process ${process}`
  if (!file.startsWith(`${namespaceFolder}/`)) return undefined
  const name = file.slice(namespaceFolder.length + 1)
  const all = names()
  const listed = all.length === 0 ? 'is empty' : `has ${all.slice(0, mostListed).map(printable).join(', ')}`
  const more = all.length > mostListed ? ', …' : ''
  return `there is no network namespace '${printable(name)}': ${namespaceFolder} ${listed}${more}${didYouMean(name, all)}; for a container, pass /proc/PID/ns/net`
}

function names(): string[] {
  try {
    return readdirSync(namespaceFolder).sort()
  } catch {
    return []
  }
}
