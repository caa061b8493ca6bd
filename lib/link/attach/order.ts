import { type OptionNames, requireFd, requireObject } from '../../arguments.js'
import { defined } from '../../defined.js'
import { Link } from '../link.js'
import type { Native, NativeRelative } from './native.js'

/**
 * The program of a hook before or after which another one is attached. It is given by its `Program` or `Link`, or the descriptor or
 * id of either. A program that is attached to a cgroup by a link can only be given by that link.
 */
export type Relative =
  | Link
  | {
      /** The ELF section of a `Program`. */
      readonly section: string
      /** The descriptor of the `Program`. */
      readonly fd: number
    }
  | {
      /** The descriptor of a link. */
      readonly linkFd: number
    }
  | {
      /** The id of a link. */
      readonly linkId: number
    }
  | {
      /** The descriptor of a program. */
      readonly programFd: number
    }
  | {
      /** The id of a program. */
      readonly programId: number
    }

/** The position among the programs of a hook. At most one of `anchor`, `before` and `after` may be given. */
export interface OrderOptions {
  /** Attaches before (`first`) or after (`last`) all programs that are already there. Default: `last`. */
  readonly anchor?: 'first' | 'last'
  /** Attaches directly before this program. @throws {BpfError} ENOENT if the hook has no such program. */
  readonly before?: Relative
  /** Attaches directly after this program. @throws {BpfError} ENOENT if the hook has no such program. */
  readonly after?: Relative
  /** Attaches only if the hook still has the revision that `queryPrograms` returned. @throws {BpfError} ESTALE if it has changed. */
  readonly expectedRevision?: bigint
}

/** Whether to attach by a link in the kernel. */
export interface LinkOptions {
  /**
   * False attaches in the legacy way, without a link in the kernel: the program stays attached after the process ends, until somebody
   * detaches it, and the returned link cannot be updated or pinned. Default: true.
   */
  readonly link?: boolean
  /** Replaces this program, which is attached without a link; implies `link: false`. To replace the program of a link, use `update`. */
  readonly replace?: {
    /** The descriptor of the program to replace. */
    readonly fd: number
  }
}

/** The names of these options, for checking options that include them. */
export const orderNames: OptionNames<OrderOptions> = { anchor: true, before: true, after: true, expectedRevision: true }
export const linkNames: OptionNames<LinkOptions> = { link: true, replace: true }

export function nativeOrder({
  anchor,
  before,
  after,
  expectedRevision,
}: { readonly [K in keyof OrderOptions]: OrderOptions[K] | undefined }): Native<OrderOptions> {
  return defined({
    anchor,
    before: before && nativeRelative(before, 'before'),
    after: after && nativeRelative(after, 'after'),
    expectedRevision,
  })
}

export function nativeLink({ link, replace }: LinkOptions): Native<LinkOptions> {
  return defined({ link, replace: replace && requireFd(replace, 'replace') })
}

function nativeRelative(relative: Relative, name: string): NativeRelative {
  requireObject(relative, name)
  if (relative instanceof Link) return { link: true, fd: relative.fd }
  if ('linkFd' in relative) return { link: true, fd: relative.linkFd }
  if ('linkId' in relative) return { link: true, id: relative.linkId }
  if ('programFd' in relative) return { fd: relative.programFd }
  if ('programId' in relative) return { id: relative.programId }
  return { fd: requireFd(relative, name) }
}
