import { type OptionNames, requireOptions } from '../../arguments.js'
import { type Path, pathOf } from '../../path.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { type PlaceOptions, placeNames, placeOf } from './place.js'

/** A cgroup v2 directory, given by its path or by an open descriptor of it. */
export type CgroupSource =
  | {
      /** The cgroup's directory, such as `/sys/fs/cgroup/web`. */
      readonly path: Path
    }
  | {
      /** A descriptor of the cgroup's directory. */
      readonly fd: number
    }

/** Options of `attachCgroup`. */
export type CgroupOptions = CgroupSource &
  PlaceOptions & {
    /** The direction of a `SEC("cgroup/skb")` program, whose section names none. Default: that of the section. */
    readonly direction?: 'ingress' | 'egress'
    /** Runs the program before those of descendant cgroups instead of after them. Default: false. Linux 6.15. */
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
