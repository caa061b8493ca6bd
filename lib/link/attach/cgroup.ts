import { type OptionNames, requireOptions } from '../../arguments.js'
import { defined } from '../../defined.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import type { Native } from './native.js'
import { nativeOrder, type OrderOptions, orderNames } from './order.js'

/** A cgroup v2 directory, given by its path or by an open descriptor of it. */
export type CgroupSource =
  | {
      /** The path of the cgroup's directory, or its `file:` URL. */
      readonly path: Path
    }
  | {
      /** A descriptor of the cgroup's directory. The caller keeps it. */
      readonly fd: number
    }

/** Options of `attachCgroup`. */
export type CgroupOptions = CgroupSource &
  OrderOptions & {
    /** The direction of a `SEC("cgroup/skb")` program, whose section names none. Default: that of the section. */
    readonly direction?: 'ingress' | 'egress'
    /** Runs the program before those of descendant cgroups instead of after them. Default: false. Linux 6.15. */
    readonly preorder?: boolean
  }

const cgroupOptions: OptionNames<CgroupOptions> = {
  path: true,
  fd: true,
  ...orderNames,
  direction: true,
  preorder: true,
}

export function attachCgroup(program: Attachable, options: CgroupOptions): Link {
  const { anchor, before, after, expectedRevision, preorder, ...rest } = requireOptions(options, cgroupOptions)
  const order = nativeOrder({ anchor, before, after, expectedRevision })
  const feature = Object.keys(order).length > 0 ? 'cgroup_order' : preorder ? 'cgroup_preorder' : undefined
  const target = 'path' in rest ? { ...rest, path: pathOf(rest.path) } : rest
  const native = { ...target, ...order, ...defined({ preorder }) }
  return attach<Native<CgroupOptions>>(program, 'cgroup', native, feature && { feature })
}
