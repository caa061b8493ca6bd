import { type OptionNames, requireFd, requireObject } from '../../arguments.js'
import type { NativeLinking, NativeNeighbour, NativePlace } from '../../internal/attach-options.js'
import { Link } from '../link.js'

/**
 * A program of the hook that others stand before or after: itself, its link, or the descriptor or id of either. A cgroup's program
 * that has a link is found only by the link.
 */
export type Neighbour =
  | Link
  | { readonly section: string; readonly fd: number }
  | { readonly linkFd: number }
  | { readonly linkId: number }
  | { readonly programFd: number }
  | { readonly programId: number }

/** Where among the programs of a hook; at most one of `anchor`, `before` and `after`. */
export interface PlaceOptions {
  /** Before or after every program that is already there. Default: `last`. */
  readonly anchor?: 'first' | 'last'
  /** @throws {BpfError} ENOENT when the hook has no such program. */
  readonly before?: Neighbour
  /** @throws {BpfError} ENOENT when the hook has no such program. */
  readonly after?: Neighbour
  /** Attaches only while the hook has the revision that `queryPrograms` told. @throws {BpfError} ESTALE when it has changed. */
  readonly expectedRevision?: bigint
}

export interface LinkingOptions {
  /**
   * False attaches by the older way, without a link: the program stays attached when the process ends, until somebody detaches
   * it, and its link cannot be updated or pinned. Default: true.
   */
  readonly link?: boolean
  /** Takes the place of this program, which is attached without a link; implies `link: false`. A link has `update` instead. */
  readonly replace?: { readonly fd: number }
}

/** The names of the options, for those who check theirs. */
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
