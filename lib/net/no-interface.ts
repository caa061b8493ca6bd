import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

/** More are not listed. */
const mostListed = 20

/** What a message says of a name that no interface has: those that there are, of many the nearest. */
export function noInterface(name: string, present: Iterable<string>, where = ''): string {
  const names = [...new Set(present)]
  const listed = names.length > 0 && names.length <= mostListed ? ` (there are ${names.map(printable).join(', ')})` : ''
  return `there is no interface '${printable(name)}'${where}${listed}${didYouMean(name, names)}`
}
