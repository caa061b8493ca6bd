import { closeSync, constants, openSync } from 'node:fs'
import { type OptionNames, requireFd, requireOneOf, requireOptions, requireText } from '../../arguments.js'
import { defined } from '../../defined.js'
import { systemError } from '../../internal/system-error.js'
import { type FeatureName, requiring } from '../../kernel/features.js'
import { type Path, pathOf } from '../../path.js'
import { IteratorLink, type ObjectDecoding } from '../iterator-link.js'
import { type Attachable, attachNative } from './attach.js'

// include/uapi/linux/bpf.h, enum bpf_cgroup_iter_order
const orders = { self: 1, 'descendants-pre': 2, 'descendants-post': 3, ancestors: 4 } as const

/** What to iterate over. Without options, all objects of the kind that the program's section names. */
export interface IteratorOptions {
  /** The map whose entries to iterate over. For `SEC("iter/bpf_map_elem")` and `iter/bpf_sk_storage_map`. Linux 5.9. */
  readonly map?: {
    /** The descriptor of the map. */
    readonly fd: number
  }
  /** A process, with all its threads. For the `iter/task` kinds. Default: all processes. Linux 6.1. */
  readonly pid?: number
  /** A single thread. For the `iter/task` kinds. Default: all threads. Linux 6.1. */
  readonly tid?: number
  /** A cgroup v2 directory. For `SEC("iter/cgroup")`. Default: the root cgroup. Linux 6.1. */
  readonly cgroup?: Path
  /** The cgroups to visit, starting at `cgroup`, and their order. Default: `descendants-pre`. */
  readonly order?: keyof typeof orders
}

const iteratorOptions: OptionNames<IteratorOptions> = { map: true, pid: true, tid: true, cgroup: true, order: true }

/** The options as the addon reads them: the cgroup by its descriptor, the order by its number. */
type NativeIterator = { readonly [K in keyof IteratorOptions]: number }

/** A program that knows the types of its object, for decoding what it writes. */
export type Iterating = Attachable & { readonly section: string; readonly object: ObjectDecoding }

export function attachIterator(program: Iterating, options: IteratorOptions): IteratorLink {
  const { map, pid, tid, cgroup, order } = requireOptions(options, iteratorOptions)
  if (order !== undefined) requireOneOf(order, Object.keys(orders) as (keyof typeof orders)[], 'order')
  // The kernel would return EBADF, as for a closed handle.
  if (map === undefined && /^iter(\.s)?\/bpf_(map_elem|sk_storage_map)$/.test(program.section)) {
    throw new TypeError(`iterator ${program.name} iterates over the entries of a map: pass the option map`)
  }
  const over = defined({ map: map === undefined ? map : requireFd(map, 'map'), pid, tid })
  if (cgroup === undefined && order === undefined && !program.section.endsWith('/cgroup')) {
    return link(program, over, pid === undefined && tid === undefined ? 'iter' : 'iter_task')
  }
  const directory = cgroup === undefined ? 0 : openDirectory(requireText(pathOf(cgroup), 'cgroup'))
  try {
    return link(program, { ...over, cgroup: directory, order: orders[order ?? 'descendants-pre'] }, 'iter_cgroup')
  } finally {
    if (cgroup !== undefined) closeSync(directory)
  }
}

function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    throw systemError(error, `open cgroup ${path}`)
  }
}

function link(program: Iterating, options: NativeIterator, feature: FeatureName): IteratorLink {
  const native = requiring('iter', () => attachNative<NativeIterator>(program, 'iter', options, { feature }))
  return new IteratorLink(native, program.name, program.object)
}
