import { BpfError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

// A host of containers has hundreds.
const mostListed = 20

interface Circumstances {
  readonly operation?: string
  /** ` in network namespace …`, where it is not the process's own. */
  readonly where?: string
  readonly cause?: unknown
}

/** ENODEV, with the interfaces that there are: of many the nearest. */
export function unknownInterface(
  name: string,
  present: Iterable<string>,
  { operation = `find interface ${name}`, where = '', cause }: Circumstances = {},
): BpfError {
  const names = [...present]
  const listed = names.length <= mostListed ? ` (there are ${names.map(printable).join(', ')})` : ''
  const message = `${operation}: ENODEV: there is no interface '${name}'${where}${listed}${didYouMean(name, names)}`
  return new BpfError({ code: 'ENODEV', errno: 19, operation, message, ...(cause !== undefined && { cause }) })
}
