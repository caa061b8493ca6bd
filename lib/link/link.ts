import { resolve } from 'node:path'
import { type OptionNames, requireFd, requireOptions, requireText } from '../arguments.js'
import { BpfError, PermissionError } from '../errors.js'
import { binding, type NativeLink } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { type Path, pathOf } from '../path.js'
import { shareClass } from '../shared-class.js'
import { describeLink } from './describe.js'
import type { LinkInfo } from './info.js'

/** A pinned link, or one by the id that the kernel gave it. */
export type LinkSource = { readonly path: Path } | { readonly id: number }

export interface UpdateOptions {
  /** Replaces the link's program only while it is this one. */
  readonly expected?: { readonly fd: number }
}

const sourceNames: OptionNames<LinkSource> = { path: true, id: true }
const updateOptions: OptionNames<UpdateOptions> = { expected: true }

/**
 * What a program is attached by. Closing it detaches, unless it is pinned; so does the end of the process, except where the
 * program is attached without a link of the kernel: by clsact, or by `link: false`.
 */
export class Link extends Handle {
  readonly #native: NativeLink
  #program: string

  /** @internal */
  constructor(
    native: NativeLink,
    /** `tcx`, `clsact`, `kprobe`, … Of an opened link the kernel's name for its type: `perf_event` for a kprobe. */
    readonly kind: string,
    program: string,
  ) {
    super(native, `the ${kind} link of program ${program}`)
    this.#native = native
    this.#program = program
  }

  /** The program's name; of an opened link the kernel's, of 15 characters. */
  get program(): string {
    return this.#program
  }

  /** The descriptor; -1 where the program is attached without a link of the kernel, or by several, as of USDT. */
  get fd(): number {
    return this.#native.fd
  }

  /**
   * What the kernel says of the link: its id, its program's, and the fields of its kind.
   *
   * @throws {BpfError} ENOTSUP where the program is attached without a link of the kernel, as a kprobe is before Linux 5.15.
   */
  info(): LinkInfo {
    const { fd } = this
    const operation = `describe the ${this.kind} link of program ${this.program}`
    const unlinked = (cause?: unknown) =>
      new BpfError({
        code: 'ENOTSUP',
        errno: 95,
        operation,
        message: `${operation}: the program is attached without a link of the kernel`,
        cause,
      })
    if (fd < 0) throw unlinked()
    try {
      return describeLink(binding.linkInfo(fd))
    } catch (error) {
      // The descriptor is a perf event's.
      throw error instanceof BpfError && error.code === 'EINVAL' ? unlinked(error) : error
    }
  }

  /** Where this handle has pinned the link, or found it. */
  get pinPath(): string | undefined {
    return this.#native.pinPath
  }

  /**
   * Puts another loaded program of the same type in the place of the link's, without a gap: no event is missed or seen twice.
   * Links of cgroup, netns, XDP, TCX, netkit and sock map can (BPF_LINK_UPDATE, Linux 5.7).
   *
   * @throws {BpfError} EINVAL or ENOTSUP for a link that cannot or a program that does not fit, ESTALE when the link's program
   *   is not `expected`, ENOLINK when the link was detached.
   */
  update(program: { readonly fd: number; readonly name?: string }, options: UpdateOptions = {}): void {
    const { expected } = requireOptions(options, updateOptions)
    const next = requireFd(program, 'program')
    const before = expected === undefined ? undefined : requireFd(expected, 'expected')
    try {
      this.#native.update(next, before)
    } catch (error) {
      // The kernel says EPERM for both; permission was there when the program was attached.
      if (before === undefined || !(error instanceof PermissionError) || error.missing.length > 0) throw error
      const { operation } = error
      const message = `${operation}: ESTALE: the link's program is not the expected one`
      throw new BpfError({ code: 'ESTALE', errno: 116, operation, message, cause: error })
    }
    this.#program = program.name ?? ''
  }

  /**
   * Detaches at once, whoever else holds the link; the handle stays open. Linux 5.9, links of cgroup, netns, XDP, TCX, netkit,
   * netfilter, sock map and struct_ops, and programs without a link.
   *
   * @throws {BpfError} ENOTSUP for a link of another kind.
   */
  detach(): void {
    this.#native.detach()
  }

  /**
   * @internal Closes all, the last first, on the thread pool: some kinds wait for a grace period. Waits for it `patience` milliseconds at
   * most; resolves when all are detached, and rejects with the first failure.
   */
  static async detachAll(links: readonly Link[], patience: number): Promise<void> {
    const open = links.filter(({ closed }) => !closed).toReversed()
    if (open.length === 0) return
    const natives = open.map((link) => link.#native)
    const detaching = binding.detachLinks(natives, patience)
    for (const link of open) link.disown()
    const failure = (await detaching).find((error) => error !== undefined)
    if (failure) throw failure
  }

  /**
   * Closes the handle and leaves the program attached: by clsact or with `link: false` until somebody detaches it, by a link to the
   * end of the process, or of its pin.
   */
  disconnect(): void {
    this.#native.disconnect()
    this.disown()
  }

  /**
   * Makes the link a file of a bpffs (`mount -t bpf`): the program then stays attached when the handle closes and the process
   * ends, until the file is removed. Makes the file's directory where only that is missing. A kprobe, uprobe, tracepoint or perf
   * event needs Linux 5.15 to be pinned, and closing such a link keeps its perf event's descriptor for the process's life.
   *
   * @throws {BpfError} EINVAL when the path is not on a bpffs, EEXIST when it is taken, EBUSY when the link is pinned already.
   */
  pin(path: Path): void {
    const file = pathOf(path)
    this.#native.pin(typeof file === 'string' ? resolve(file) : file)
  }

  /** Removes the file: closing the link detaches again. @throws {BpfError} EINVAL when it is not pinned by this handle. */
  unpin(): void {
    this.#native.unpin()
  }
}
shareClass(Link, 'Link')

/**
 * Opens a link that exists: one more handle of it. Closing the handle detaches only when it is the last, and a pin is one.
 *
 * @throws {BpfError} ENOENT when there is none, EINVAL when the path is not on a bpffs or something else is pinned there.
 */
export function openLink(source: LinkSource): Link {
  requireOptions(source, sourceNames, 'source')
  const { link, type, program } = binding.openLink(
    'path' in source ? { path: resolve(requireText(pathOf(source.path), 'path')) } : source,
  )
  return new Link(link, type, program)
}
