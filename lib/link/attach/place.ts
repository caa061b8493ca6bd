import { type OptionNames, requireFd, requireObject } from '../../arguments.js'
import type { NativeLinking, NativeNeighbour, NativePlace } from '../../internal/attach-options.js'
import { Link } from '../link.js'

/**
 * The relative: the program of a hook before or after which another one is attached. It is given by its `Program` or `Link`, or the
 * descriptor or id of either. A program that is attached to a cgroup by a link can only be given by that link.
 */
export type Neighbour =
  | Link
  | { readonly section: string; readonly fd: number }
  | { readonly linkFd: number }
  | { readonly linkId: number }
  | { readonly programFd: number }
  | { readonly programId: number }

/** The position among the programs of a hook. At most one of `anchor`, `before` and `after` may be given. */
export interface PlaceOptions {
  /** Attaches before (`first`) or after (`last`) all programs that are already there. Default: `last`. */
  readonly anchor?: 'first' | 'last'
  /** Attaches directly before this program. @throws {BpfError} ENOENT if the hook has no such program. */
  readonly before?: Neighbour
  /** Attaches directly after this program. @throws {BpfError} ENOENT if the hook has no such program. */
  readonly after?: Neighbour
  /** Attaches only if the hook still has the revision that `queryPrograms` returned. @throws {BpfError} ESTALE if it has changed. */
  readonly expectedRevision?: bigint
}

/** Whether to attach by a link in the kernel. */
export interface LinkingOptions {
  /**
   * False attaches in the older way, without a link in the kernel: the program stays attached after the process ends, until somebody
   * detaches it, and the returned link cannot be updated or pinned. Default: true.
   */
  readonly link?: boolean
  /** Replaces this program, which is attached without a link; implies `link: false`. To replace the program of a link, use `update`. */
  readonly replace?: { readonly fd: number }
}

/** The names of these options, for checking options that include them. */
export const placeNames: OptionNames<PlaceOptions> = { anchor: true, before: true, after: true, expectedRevision: true }
export const linkingNames: OptionNames<LinkingOptions> = { link: true, replace: true }

export function placeOf({
  anchor,
  before,
  after,
  expectedRevision,
}: { readonly [K in keyof PlaceOptions]: PlaceOptions[K] | undefined }): NativePlace {
  return {
    ...(anchor !== undefined && { anchor }),
    ...(before !== undefined && { before: neighbourOf(before, 'before') }),
    ...(after !== undefined && { after: neighbourOf(after, 'after') }),
    ...(expectedRevision !== undefined && { expectedRevision }),
  }
}

export function linkingOf({ link, replace }: LinkingOptions): NativeLinking {
  return {
    ...(link !== undefined && { link }),
    ...(replace !== undefined && { replace: requireFd(replace, 'replace') }),
  }
}

function neighbourOf(neighbour: Neighbour, name: string): NativeNeighbour {
  requireObject(neighbour, name)
  if (neighbour instanceof Link) return { link: true, fd: neighbour.fd }
  if ('linkFd' in neighbour) return { link: true, fd: neighbour.linkFd }
  if ('linkId' in neighbour) return { link: true, id: neighbour.linkId }
  if ('programFd' in neighbour) return { fd: neighbour.programFd }
  if ('programId' in neighbour) return { id: neighbour.programId }
  return { fd: requireFd(neighbour, name) }
}
