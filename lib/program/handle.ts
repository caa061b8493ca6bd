import { requireFd, requireOptions } from '../arguments.js'
import { binding, type NativeProgram, type NativeProgramDescription } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { pin, unpin } from '../internal/pin.js'
import { requiring } from '../kernel/features.js'
import { attachSection } from '../link/attach/section.js'
import type { ObjectDecoding } from '../link/iterator-link.js'
import type { Link } from '../link/link.js'
import type { Path } from '../path.js'
import { type InfoOptions, infoOptions, type ProgramInfo, programInfo } from './info.js'
import { type RunOptions, type RunResult, runOptions } from './run.js'
import { type ProgramStream, readProgramStream } from './stream.js'

/** What every loaded program has, however it is attached. */
export abstract class ProgramHandle extends Handle {
  readonly name: string
  /** The ELF section, which says what `attach()` attaches to. */
  readonly section: string
  readonly #native: NativeProgram

  /** @internal */
  constructor(
    /** Keeps the object alive as long as its program is in use. */
    readonly object: ObjectDecoding,
    native: NativeProgram,
    description: NativeProgramDescription | undefined,
  ) {
    super(native, `the program ${description?.name}`)
    this.#native = native
    this.name = description?.name ?? ''
    this.section = description?.section ?? ''
  }

  /** The descriptor; the handle keeps owning it. */
  get fd(): number {
    return this.#native.fd
  }

  /** Id, tag, sizes, and run time and count where the kernel keeps them: see `enableStats`. */
  info(options: InfoOptions = {}): ProgramInfo {
    return programInfo(this.#native.info(requireOptions(options, infoOptions)))
  }

  /**
   * Pins it to a new file on a bpffs, where it stays when this process ends.
   *
   * @throws {BpfError} EEXIST when the path is taken, EINVAL when it is on another file system.
   */
  pin(path: Path): void {
    pin(this.fd, path)
  }

  /** Removes the file that it is pinned to. @throws {BpfError} ENOENT when there is none, EINVAL when it is on no bpffs. */
  unpin(path: Path): void {
    unpin(path)
  }

  /**
   * Runs the program in the kernel without attaching it (BPF_PROG_RUN).
   *
   * @throws {BpfError} ENOTSUPP for a type that this kernel cannot run.
   */
  run(options: RunOptions = {}): RunResult {
    return this.#native.run(requireOptions(options, runOptions))
  }

  /**
   * Takes what is in one of the program's streams: what it wrote with `bpf_stream_printk` and, in `stderr`, the kernel's reports of
   * its faults (arena accesses, `may_goto` timeouts, deadlocks of its spin locks). Empty when nothing is. Each text is read once, by
   * whoever reads first, and the kernel holds 100,000 bytes of a stream: it drops what finds no room, and the program's call
   * returns -ENOSPC. Any process that holds a descriptor of the program can read.
   *
   * @throws {NotSupportedError} before Linux 6.17.
   */
  readStream(stream: ProgramStream): string {
    return readProgramStream(this.fd, stream)
  }

  /**
   * Associates the program with a struct_ops map, which its kfuncs of that struct_ops then act for. A program has one for good.
   *
   * @throws {NotSupportedError} before Linux 7.0.
   * @throws {BpfError} EBUSY when the program has one already, EINVAL when the map is none of struct_ops, or the program itself is.
   */
  associateStructOps(map: { readonly fd: number }): void {
    const mapFd = requireFd(map, 'map')
    requiring('associated_struct_ops', () => binding.associateStructOps(this.fd, mapFd))
  }

  /** @internal */
  get native(): NativeProgram {
    return this.#native
  }

  /**
   * Attaches to what the section names, `SEC("tp_btf/tcp_retransmit_skb")`. For an iterator the link is an IteratorLink.
   *
   * @throws {BpfError} ENOTSUP when it names nothing, as `SEC("kprobe")` and `SEC("xdp")`.
   */
  attach(): Link {
    return attachSection(this)
  }
}
