import { resolve } from 'node:path'
import { type OptionNames, requireOptions } from '../arguments.js'
import { binding, type NativeDescriptor } from '../internal/binding.js'
import { Handle } from '../internal/lifetime.js'
import { Pin } from '../internal/pin.js'
import { type Path, pathOf } from '../path.js'
import { shareClass } from '../shared-class.js'
import { describeProgram, type InfoOptions, infoOptions, type ProgramInfo } from './info.js'
import { type RunOptions, type RunResult, runOptions } from './run.js'
import { type ProgramStream, readProgramStream } from './stream.js'

/** A program that is in the kernel already: by its id (CAP_SYS_ADMIN), or by the file that it is pinned to. */
export type ProgramSource = { readonly id: number } | { readonly path: Path }

const sourceNames: OptionNames<ProgramSource> = { id: true, path: true }

/**
 * Opens a program that is in the kernel already, whoever loaded it.
 *
 * @throws {BpfError} ENOENT when there is none, EINVAL when the path is not on a bpffs or something else is pinned there.
 */
export function openProgram(source: ProgramSource): LoadedProgram {
  requireOptions(source, sourceNames, 'source')
  return 'id' in source
    ? new LoadedProgram(binding.openProgramById(source.id), `program with id ${source.id}`)
    : openPinned(pathOf(source.path))
}

function openPinned(path: string): LoadedProgram {
  return new LoadedProgram(binding.openPinnedProgram(path), `program pinned at ${path}`, resolve(path))
}

/** The native half of a program: of an object's program more than the descriptor. */
type Descriptor = Pick<NativeDescriptor, 'fd' | 'close'>

/** A program of the kernel by a descriptor of its own. It lives as long as anybody holds it; closing lets go of it. */
export class LoadedProgram extends Handle {
  readonly #native: Descriptor
  /** What errors call it. */
  readonly #label: string
  readonly #pin: Pin

  /** @internal */
  constructor(native: Descriptor, label: string, pinnedAt?: string) {
    super(native, `the ${label}`)
    this.#native = native
    this.#label = label
    this.#pin = new Pin(pinnedAt)
  }

  /** The descriptor; the handle keeps owning it. */
  get fd(): number {
    return this.#native.fd
  }

  /** Id, tag, sizes, and run time and count where the kernel keeps them: see `enableStats`. */
  info(options: InfoOptions = {}): ProgramInfo {
    return describeProgram(binding.programInfo(this.fd, this.#label, requireOptions(options, infoOptions)))
  }

  /**
   * Pins it to a new file on a bpffs, where it stays when this process ends.
   *
   * @throws {BpfError} EEXIST when the path is taken, EINVAL when it is on another file system.
   */
  pin(path: Path): void {
    this.#pin.pin(this.fd, path)
  }

  /** Where this handle has pinned the program, or opened it. */
  get pinPath(): string | undefined {
    return this.#pin.path
  }

  /**
   * Removes the file at `pinPath`; the program lives on as long as a handle, a link or another pin holds it.
   *
   * @throws {BpfError} EINVAL when this handle has not pinned the program, ENOENT when the file is gone.
   */
  unpin(): void {
    this.#pin.unpin(this.#label)
  }

  /**
   * Runs it in the kernel without attaching it (BPF_PROG_RUN).
   *
   * @throws {BpfError} ENOTSUPP for a type that this kernel cannot run.
   */
  run(options: RunOptions = {}): RunResult {
    return binding.runProgram(this.fd, this.#label, requireOptions(options, runOptions))
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
}
shareClass(LoadedProgram, 'LoadedProgram')
