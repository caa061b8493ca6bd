import { readdirSync } from 'node:fs'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

/** Where `ip netns` keeps the files of its namespaces. */
export const namespaceFolder = '/run/netns'

/** What to say of a network namespace whose file is not there; undefined for another failure, or a file elsewhere. */
export function missingNamespace(code: string, operation: string): string | undefined {
  const name = new RegExp(`^open network namespace ${namespaceFolder}/([^/]+)$`).exec(operation)?.[1]
  if (code !== 'ENOENT' || name === undefined) return undefined
  return `ip netns lists no '${printable(name)}'${didYouMean(name, listed())}`
}

function listed(): string[] {
  try {
    return readdirSync(namespaceFolder)
  } catch {
    return []
  }
}
