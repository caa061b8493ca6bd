import type { BpfError } from '../errors.js'
import { bpfError } from '../internal/bpf-error.js'
import { didYouMean } from '../nearest.js'
import { printable } from '../printable.js'

// A host with containers has hundreds of interfaces.
const mostListed = 20

interface Circumstances {
  readonly operation?: string
  /** ` in network namespace …`, unless it is the process's own. */
  readonly where?: string
  readonly cause?: unknown
}

/** ENODEV, with the interfaces that exist, or the nearest ones if there are many. */
export function unknownInterface(
  name: string,
  present: Iterable<string>,
  { operation = `find interface ${name}`, where = '', cause }: Circumstances = {},
): BpfError {
  const names = [...present]
  const listed = names.length <= mostListed ? ` (there are ${names.map(printable).join(', ')})` : ''
  const message = `${operation}: ENODEV: there is no interface '${name}'${where}${listed}${didYouMean(name, names)}`
  return bpfError('ENODEV', operation, message, cause)
}
