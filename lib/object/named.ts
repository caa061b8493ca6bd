import { requireText } from '../arguments.js'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

// An object may have hundreds of programs.
const mostListed = 20

/** @throws {RangeError} if there is no such name; the message lists the names that exist, and the closest ones. */
export function named<T>(items: ReadonlyMap<string, T>, name: string, kind: string): T {
  const item = items.get(requireText(name, `the name of a ${kind}`))
  if (item !== undefined) return item
  const names = [...items.keys()]
  throw new RangeError(
    `the object has no ${kind} '${printable(name)}'; it has: ${listed(names)}${didYouMean(name, names)}`,
  )
}

function listed(names: readonly string[]): string {
  const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : ''
  return `${names.slice(0, mostListed).map(printable).join(', ') || 'none'}${more}`
}
