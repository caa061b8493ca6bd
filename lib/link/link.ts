import { resolve } from 'node:path'
import {
  type OptionNames,
  requireFd,
  requireInstance,
  requireIterable,
  requireOptions,
  requireText,
} from '../arguments.js'
import { BpfError, PermissionError } from '../errors.js'
import { binding, type NativeLink } from '../internal/binding.js'
import { bpfError } from '../internal/bpf-error.js'
import { Handle } from '../internal/lifetime.js'
import { type Path, pathOf } from '../path.js'
import { shareClass } from '../shared-class.js'
import { describeLink } from './describe.js'
import type { LinkInfo } from './info.js'

/** An existing link, given by the path to which it is pinned, or by its id in the kernel. */
export type LinkSource =
  | {
      /** The file on a bpffs to which the link is pinned. */
      readonly path: Path
    }
  | {
      /** The id of the link. Needs CAP_SYS_ADMIN. */
      readonly id: number
    }

/** Options of `Link.update`. */
export interface UpdateOptions {
  /** Replaces the link's program only if it is this one. Default: any program. */
  readonly expected?: {
    /** The descriptor of the program. */
    readonly fd: number
  }
}

const sourceNames: OptionNames<LinkSource> = { path: true, id: true }
const updateOptions: OptionNames<UpdateOptions> = { expected: true }

/**
 * The attachment of a program. Closing it detaches the program, unless the link is pinned. So does the end of the process, except if
 * the program is attached without a link in the kernel: by clsact, or with `link: false`.
 */
export class Link extends Handle {
  readonly #native: NativeLink
  #program: string

  /** @internal */
  constructor(
    native: NativeLink,
    /** The way of attaching, such as `tcx` or `kprobe`. For an opened link, the kernel's name for its type: `perf_event` for a kprobe. */
    readonly kind: string,
    program: string,
  ) {
    super(native, `the ${kind} link of program ${program}`)
    this.#native = native
    this.#program = program
  }

  /** The name of the program; for an opened link, the kernel's name, of at most 15 characters. */
  get program(): string {
    return this.#program
  }

  /** The file descriptor; -1 if the program is attached without a link in the kernel, or by several links, as for USDT. */
  get fd(): number {
    return this.#native.fd
  }

  /**
   * Returns what the kernel reports about the link: its id, its program's id, and the fields of its kind.
   *
   * @throws {BpfError} ENOTSUP if the program is attached without a link in the kernel, such as a kprobe before Linux 5.15.
   */
  info(): LinkInfo {
    const { fd } = this
    const operation = `describe the ${this.kind} link of program ${this.program}`
    const withoutLink = (cause?: unknown) =>
      bpfError('ENOTSUP', operation, `${operation}: the program is attached without a kernel link`, cause)
    if (fd < 0) throw withoutLink()
    try {
      return describeLink(binding.linkInfo(fd))
    } catch (error) {
      // The descriptor is that of a perf event.
      throw error instanceof BpfError && error.code === 'EINVAL' ? withoutLink(error) : error
    }
  }

  /** The path to which this handle pinned the link, or from which it was opened; undefined if neither. */
  get pinPath(): string | undefined {
    return this.#native.pinPath
  }

  /**
   * Replaces the link's program with another loaded program of the same type, without a gap: no event is missed or seen twice. For
   * links of cgroup, netns, XDP, TCX, netkit and sock map (BPF_LINK_UPDATE, Linux 5.7).
   *
   * @throws {BpfError} EINVAL or ENOTSUP if the link cannot be updated or the program does not fit, ESTALE if the link's program is not
   *   `expected`, ENOLINK if the link was detached.
   */
  update(program: { readonly fd: number; readonly name?: string }, options: UpdateOptions = {}): void {
    const { expected } = requireOptions(options, updateOptions)
    const next = requireFd(program, 'program')
    const before = expected === undefined ? undefined : requireFd(expected, 'expected')
    try {
      this.#native.update(next, before)
    } catch (error) {
      // The kernel returns EPERM for both; attaching the program has shown that permission is not missing.
      if (before === undefined || !(error instanceof PermissionError) || error.missing.length > 0) throw error
      const { operation } = error
      const message = `${operation}: ESTALE: the link's program is not the expected one`
      throw bpfError('ESTALE', operation, message, error)
    }
    this.#program = program.name ?? ''
  }

  /**
   * Detaches immediately, even if others hold the link; the handle stays open. For links of cgroup, netns, XDP, TCX, netkit, netfilter,
   * sock map and struct_ops (Linux 5.9), and programs attached without a link.
   *
   * @throws {BpfError} ENOTSUP for a link of another kind.
   */
  detach(): void {
    this.#native.detach()
  }

  /**
   * @internal Closes all links, the last one first, on the thread pool, because some kinds wait for a grace period. Blocks for at most
   * `patience` milliseconds; resolves when all are detached, and rejects with the first failure.
   */
  static async detachAll(links: readonly Link[], patience: number): Promise<void> {
    const open: Link[] = []
    for (const link of requireIterable(links, 'links')) {
      if (!requireInstance(link, Link, 'a link').closed) open.unshift(link)
    }
    if (open.length === 0) return
    const natives = open.map((link) => link.#native)
    const detaching = binding.detachLinks(natives, patience)
    for (const link of open) link.disown()
    const failure = (await detaching).find((error) => error !== undefined)
    if (failure) throw failure
  }

  /**
   * Closes the handle but leaves the program attached: with clsact or `link: false` until somebody detaches it, otherwise until the
   * process ends, or the pin is removed.
   */
  disconnect(): void {
    this.#native.disconnect()
    this.disown()
  }

  /**
   * Pins the link to a file on a bpffs (`mount -t bpf`). The program then stays attached after the handle is closed and the process
   * ends, until the file is removed. The file's directory is created if only that is missing. Kprobes, uprobes, tracepoints and perf
   * events can be pinned since Linux 5.15; closing such a link keeps the descriptor of its perf event open until the process ends.
   *
   * @throws {BpfError} EINVAL if the path is not on a bpffs, EEXIST if it exists already, EBUSY if the link is pinned already.
   */
  pin(path: Path): void {
    const file = pathOf(path)
    this.#native.pin(typeof file === 'string' ? resolve(file) : file)
  }

  /** Removes the pin: closing the link then detaches again. @throws {BpfError} EINVAL if this handle has no `pinPath`. */
  unpin(): void {
    this.#native.unpin()
  }
}
shareClass(Link, 'Link')

/**
 * Opens an existing link, as one more handle of it. Closing the handle only detaches if neither another handle nor a pin remains.
 *
 * @throws {BpfError} ENOENT if there is none, EINVAL if the path is not on a bpffs or something else is pinned there.
 */
export function openLink(source: LinkSource): Link {
  requireOptions(source, sourceNames, 'source')
  const { link, type, program } = binding.openLink(
    'path' in source ? { path: resolve(requireText(pathOf(source.path), 'path')) } : source,
  )
  return new Link(link, type, program)
}
