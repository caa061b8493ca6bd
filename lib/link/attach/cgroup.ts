import { type OptionNames, requireOptions } from '../../arguments.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type PlaceOptions, placeNames, placeOf } from './place.js'

/** A directory of the unified hierarchy, by its path or by a descriptor of it. */
export type CgroupSource = { readonly path: Path } | { readonly fd: number }

export type CgroupOptions = CgroupSource &
  PlaceOptions & {
    /** What a program of `SEC("cgroup/skb")` is for: its section names no direction. Default: as the section says. */
    readonly direction?: 'ingress' | 'egress'
    /** Runs before the programs of the cgroups below, not after them. Default: false. Linux 6.15. */
    readonly preorder?: boolean
  }

const cgroupOptions: OptionNames<CgroupOptions> = {
  path: true,
  fd: true,
  ...placeNames,
  direction: true,
  preorder: true,
}

export function attachCgroup(program: Attachable, options: CgroupOptions): Link {
  const { anchor, before, after, expectedRevision, preorder, ...rest } = requireOptions(options, cgroupOptions)
  const place = placeOf({ anchor, before, after, expectedRevision })
  const feature = Object.keys(place).length > 0 ? 'cgroup_order' : preorder ? 'cgroup_preorder' : undefined
  const target = 'path' in rest ? { ...rest, path: pathOf(rest.path) } : rest
  const native = { ...target, ...place, ...(preorder !== undefined && { preorder }) }
  return attach(program, 'cgroup', native, feature && { feature })
}
