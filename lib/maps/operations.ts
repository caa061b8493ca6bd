import { BpfError } from '../errors.js'
import type { BpfMapInfo } from '../internal/binding.js'
import { flagBits } from './flags.js'
import { isOneOf, keylessKinds, kindOf, type MapKind, opaqueKinds, storageKinds } from './kind.js'

export type MapOperation =
  | 'get'
  | 'has'
  | 'set'
  | 'delete'
  | 'take'
  | 'iterate'
  | 'push'
  | 'pop'
  | 'peek'
  | 'add'
  | 'view'

const all: readonly MapOperation[] = [
  'get',
  'has',
  'set',
  'delete',
  'take',
  'iterate',
  'push',
  'pop',
  'peek',
  'add',
  'view',
]
const queueOperations: readonly MapOperation[] = ['push', 'pop', 'peek']
const reading: readonly MapOperation[] = ['get', 'has', 'iterate']

const opaque: Partial<Record<MapKind, string>> = {
  ringbuf: 'a stream of records to read with ringbuf()',
  user_ringbuf: 'a stream of records to write with userRingbuf()',
  arena: 'memory to use with view()',
}

const unreadable: Partial<Record<MapKind, string>> = {
  perf_event_array: 'the kernel gives no event back; read its records with perfbuf()',
  cgroup_array: 'the kernel gives no cgroup back',
  xskmap: 'the kernel gives no socket back',
}

const arrays: readonly MapKind[] = ['array', 'percpu_array', 'cgroup_storage', 'percpu_cgroup_storage', 'insn_array']
const sockets: readonly MapKind[] = ['sockmap', 'sockhash', 'reuseport_sockarray']
const taking: readonly MapKind[] = ['hash', 'lru_hash', 'percpu_hash', 'lru_percpu_hash']

/** Why a map of that type does not support the operation; undefined if it does, or if the type is unknown. */
function reasonAgainst(operation: MapOperation, kind: MapKind | undefined, info: BpfMapInfo): string | undefined {
  if (kind === undefined) return undefined
  if (operation === 'view') {
    if (kind === 'arena') return undefined
    if (kind !== 'array') return 'only arrays and arenas can be mapped into memory'
    return info.flags & flagBits(['mmapable']) ? undefined : "it was created without the flag 'mmapable'"
  }
  if (isOneOf(kind, opaqueKinds)) return `it is ${opaque[kind]}`
  if (kind === 'struct_ops') return operation === 'delete' ? undefined : 'it is registered by attaching it'
  if (kind === 'stack_trace' && operation === 'set') return 'only programs put stacks in it, by bpf_get_stackid'
  if (queueOperations.includes(operation)) {
    return kind === 'queue' || kind === 'stack' ? undefined : 'only queues and stacks can'
  }
  if (operation === 'add') return kind === 'bloom_filter' ? undefined : 'only bloom filters can'
  if (kind === 'bloom_filter') return operation === 'has' ? undefined : 'use add() and has()'
  if (isOneOf(kind, keylessKinds)) return 'it has no keys; use push(), pop() and peek()'
  if (reading.includes(operation) && unreadable[kind]) return unreadable[kind]
  if (reading.includes(operation) && sockets.includes(kind) && info.valueSize === 4) {
    return 'sockets are given back as cookies, which need a value size of 8'
  }
  if (operation === 'iterate' && isOneOf(kind, storageKinds)) {
    return 'local storage is reached by its owner only; an iterator program can walk it'
  }
  if (operation === 'delete' && arrays.includes(kind)) return "an array's entries always exist; set it instead"
  if (operation === 'take' && !taking.includes(kind)) return 'only hash maps can; use get() and delete()'
  return undefined
}

/** The operations that a map of that type does not support, each with the reason. */
export function refusedOperations(info: BpfMapInfo): ReadonlyMap<MapOperation, string> {
  const kind = kindOf(info.type)
  return new Map(
    all.flatMap((operation) => {
      const reason = reasonAgainst(operation, kind, info)
      return reason === undefined ? [] : [[operation, reason] as const]
    }),
  )
}

export function refusal(operation: MapOperation, reason: string, info: BpfMapInfo): BpfError {
  const kind = kindOf(info.type)
  const message = `map ${info.name} of type ${kind} has no ${operation}(): ${reason}`
  return new BpfError({ code: 'ENOTSUP', errno: 95, operation: `${operation} of map ${info.name}`, message })
}
