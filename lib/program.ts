import { attachKprobe, attachKretprobe, type KprobeOptions } from './attach/kprobe.js'
import { attachSection } from './attach/section.js'
import { attachClsact, attachTc, attachTcx, type ClsactOptions, type TcOptions, type TcxOptions } from './attach/tc.js'
import { attachRawTracepoint, attachTracepoint, type TracepointOptions } from './attach/tracepoint.js'
import type { NativeProgram, NativeProgramDescription } from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import type { Link } from './link.js'
import { pin, unpin } from './pin.js'
import { type InfoOptions, type ProgramInfo, programInfo } from './program-info.js'
import type { RunOptions, RunResult } from './program-run.js'

/** A loaded program. Every `attach` returns a link that the caller closes. */
export class Program extends Handle {
  readonly name: string
  /** The ELF section, which says what `attach()` attaches to. */
  readonly section: string
  readonly #native: NativeProgram

  /** @internal */
  constructor(
    /** Keeps the object alive as long as its program is in use. */
    readonly object: object,
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
    return programInfo(this.#native.info(options))
  }

  /** Pins it to a new file on a bpffs, where it stays when this process ends. */
  pin(path: string): void {
    pin(this.fd, path)
  }

  /** Removes the file that it is pinned to. */
  unpin(path: string): void {
    unpin(path)
  }

  /**
   * Runs the program in the kernel without attaching it (BPF_PROG_RUN).
   *
   * @throws {BpfError} ENOTSUPP for a type that this kernel cannot run.
   */
  run(options: RunOptions = {}): RunResult {
    return this.#native.run(options)
  }

  /** @internal */
  get native(): NativeProgram {
    return this.#native
  }

  /** Attaches to what the section names, `SEC("tp_btf/tcp_retransmit_skb")`. */
  attach(): Link {
    return attachSection(this)
  }

  /** At the start of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKprobe(symbol: string, options: KprobeOptions = {}): Link {
    return attachKprobe(this, symbol, options)
  }

  /** At the return of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretprobe(symbol: string, options: Omit<KprobeOptions, 'offset'> = {}): Link {
    return attachKretprobe(this, symbol, options)
  }

  /** `attachTracepoint('tcp', 'tcp_retransmit_skb')` */
  attachTracepoint(category: string, name: string, options: TracepointOptions = {}): Link {
    return attachTracepoint(this, category, name, options)
  }

  attachRawTracepoint(name: string, options: TracepointOptions = {}): Link {
    return attachRawTracepoint(this, name, options)
  }

  /**
   * Joins an interface's TC programs by a link, which ends with the process.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachTcx(options: TcxOptions): Link {
    return attachTcx(this, options)
  }

  /**
   * Adds a direct-action filter to an interface's clsact qdisc, which is made where it is missing. Closing the link removes the
   * filter and leaves the qdisc: another's filter may be in it by then. A process that is killed leaves the filter behind.
   */
  attachClsact(options: ClsactOptions): Link {
    return attachClsact(this, options)
  }

  /** By TCX where the kernel has it, else by clsact. */
  attachTc(options: TcOptions): Link {
    return attachTc(this, options)
  }
}
