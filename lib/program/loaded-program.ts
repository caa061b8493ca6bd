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

/** A program that is already in the kernel, given by its id (needs CAP_SYS_ADMIN) or by the path to which it is pinned. */
export type ProgramSource =
  | {
      /** The id of the program. Needs CAP_SYS_ADMIN. */
      readonly id: number
    }
  | {
      /** The file on a bpffs to which the program is pinned. */
      readonly path: Path
    }

const sourceNames: OptionNames<ProgramSource> = { id: true, path: true }

/**
 * Opens a program that is already in the kernel, no matter who loaded it.
 *
 * @throws {BpfError} ENOENT if there is none, EINVAL if the path is not on a bpffs or something else is pinned there.
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

/** The native half of a program. For a program of an object it is more than the descriptor. */
type Descriptor = Pick<NativeDescriptor, 'fd' | 'close'>

/** A handle of a program in the kernel, with its own descriptor. The program lives as long as anybody holds it; closing releases it. */
export class LoadedProgram extends Handle {
  readonly #native: Descriptor
  /** The name used in errors. */
  readonly #label: string
  readonly #pin: Pin

  /** @internal */
  constructor(native: Descriptor, label: string, pinnedAt?: string) {
    super(native, `the ${label}`)
    this.#native = native
    this.#label = label
    this.#pin = new Pin(pinnedAt)
  }

  /** The file descriptor. The handle owns it. */
  get fd(): number {
    return this.#native.fd
  }

  /** Returns the id, tag and sizes, and the run time and run count if the kernel records them (see `enableStats`). */
  info(options: InfoOptions = {}): ProgramInfo {
    return describeProgram(binding.programInfo(this.fd, this.#label, requireOptions(options, infoOptions)))
  }

  /**
   * Pins the program to a new file on a bpffs. It stays loaded when this process ends.
   *
   * @throws {BpfError} EEXIST if the path exists already, EINVAL if it is on another file system.
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
   * Runs the program in the kernel without attaching it (BPF_PROG_RUN).
   *
   * @throws {BpfError} ENOTSUPP for a program type that this kernel cannot run.
   */
  run(options: RunOptions = {}): RunResult {
    return binding.runProgram(this.fd, this.#label, requireOptions(options, runOptions))
  }

  /**
   * Reads and removes the contents of one of the program's streams. They are what the program wrote with `bpf_stream_printk` and, in
   * `stderr`, also the kernel's reports of its faults (arena accesses, `may_goto` timeouts, deadlocks of its spin locks). Returns an
   * empty string if the stream is empty. Each text goes to one reader only; any process with a descriptor of the program can read. The
   * kernel keeps up to 100,000 bytes per stream: it drops text that does not fit, and the program's call returns -ENOSPC.
   *
   * @throws {NotSupportedError} before Linux 6.17.
   */
  readStream(stream: ProgramStream): string {
    return readProgramStream(this.fd, stream)
  }
}
shareClass(LoadedProgram, 'LoadedProgram')
