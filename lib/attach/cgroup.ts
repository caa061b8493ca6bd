import { type OptionNames, requireOptions } from '../arguments.js'
import type { Link } from '../link.js'
import { type Path, pathOf } from '../path.js'
import { type Attachable, attach } from './attach.js'

/** A directory of the unified hierarchy, by its path or by a descriptor of it. */
export type CgroupSource = { readonly path: Path } | { readonly fd: number }

export type CgroupOptions = CgroupSource & {
  /** What a program of `SEC("cgroup/skb")` is for: its section names no direction. Default: as the section says. */
  readonly direction?: 'ingress' | 'egress'
  /** Before or after every program of this cgroup. Default: `last`. Linux 6.17. */
  readonly anchor?: 'first' | 'last'
  /** Runs before the programs of the cgroups below, not after them. Default: false. Linux 6.15. */
  readonly preorder?: boolean
}

const cgroupOptions: OptionNames<CgroupOptions> = {
  path: true,
  fd: true,
  direction: true,
  anchor: true,
  preorder: true,
}

export function attachCgroup(program: Attachable, options: CgroupOptions): Link {
  const { anchor, preorder } = requireOptions(options, cgroupOptions)
  const feature = anchor !== undefined ? 'cgroup_anchor' : preorder ? 'cgroup_preorder' : undefined
  const native = 'path' in options ? { ...options, path: pathOf(options.path) } : options
  return attach(program, 'cgroup', native, feature && { feature })
}
