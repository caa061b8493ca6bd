import type { BpfError } from '../errors.js'
import type { BpfMapInfo } from '../internal/binding.js'
import { bpfError } from '../internal/bpf-error.js'
import { flagBits } from './flags.js'
import { type MapOperation, mapTypeOf, traitsOf } from './types.js'

/** Every operation, with the reason why a map of most types lacks it. */
const operations: Readonly<Record<MapOperation, string>> = {
  get: 'it has no keys',
  has: 'it has no keys',
  set: 'it has no keys',
  delete: 'it has no keys',
  take: 'only hash maps can; use get() and delete()',
  iterate: 'it has no keys',
  push: 'only queues and stacks can',
  pop: 'only queues and stacks can',
  peek: 'only queues and stacks can',
  add: 'only bloom filters can',
  view: 'only arrays and arenas can be mapped into memory',
}
const all = Object.keys(operations) as MapOperation[]
const reading: readonly MapOperation[] = ['get', 'has', 'iterate']

/** Why the map does not support the operation; undefined if it does, or if its type is unknown. */
function reasonAgainst(operation: MapOperation, info: BpfMapInfo): string | undefined {
  const type = mapTypeOf(info.type)
  if (type === undefined) return undefined
  const { value, operations: supported, lacks } = traitsOf(type)
  if (!supported.includes(operation)) {
    if (operation === 'view' || lacks === undefined) return operations[operation]
    return typeof lacks === 'string' ? lacks : (lacks[operation] ?? operations[operation])
  }
  if (operation === 'view' && type === 'array' && !(info.flags & flagBits(['mmapable']))) {
    return "it was created without the flag 'mmapable'"
  }
  if (value === 'socket' && reading.includes(operation) && info.valueSize === 4) {
    return 'sockets are given back as cookies, which need a value size of 8'
  }
  return undefined
}

/** The operations that a map of that type does not support, each with the reason. */
export function refusedOperations(info: BpfMapInfo): ReadonlyMap<MapOperation, string> {
  return new Map(
    all.flatMap((operation) => {
      const reason = reasonAgainst(operation, info)
      return reason === undefined ? [] : [[operation, reason] as const]
    }),
  )
}

export function refusal(operation: MapOperation, reason: string, info: BpfMapInfo): BpfError {
  const message = `map ${info.name} of type ${mapTypeOf(info.type)} has no ${operation}(): ${reason}`
  return bpfError('ENOTSUP', `${operation} of map ${info.name}`, message)
}
