import { NotSupportedError } from './errors.js'
import { type FeatureName, requiring } from './features.js'
import { interfaceIndex, type NetnsOptions } from './interfaces.js'
import type { NativeProgram, NativeProgramDescription } from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import { Link } from './link.js'
import { pin, unpin } from './pin.js'
import { type InfoOptions, type ProgramInfo, programInfo } from './program-info.js'
import type { RunOptions, RunResult } from './program-run.js'

export interface TcOptions extends NetnsOptions {
  /** A name, or an index in `netns`. */
  readonly interface: string | number
  readonly direction: 'ingress' | 'egress'
}

export interface TcxOptions extends TcOptions {
  /** Before or after every program that is already there. Default: `last`. */
  readonly anchor?: 'first' | 'last'
}

export interface ClsactOptions extends TcOptions {
  /** The filter's priority; lower runs earlier. Default: the kernel chooses. */
  readonly priority?: number
  /** Default: the kernel chooses. */
  readonly handle?: number
}

export interface KprobeOptions {
  /** Bytes from the function's start. Default: 0. */
  readonly offset?: number
  /** What `bpf_get_attach_cookie` returns. Linux 5.15. */
  readonly cookie?: bigint
}

/** What the sections of `attach()` need of the kernel beyond what every supported one has. */
const sectionFeatures: Record<string, FeatureName> = {
  kprobe: 'kprobe',
  kretprobe: 'kprobe',
  tp: 'tracefs',
  tracepoint: 'tracefs',
}

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

  /** Attaches to what the section names, `SEC("tp_btf/tcp_retransmit_skb")`. */
  attach(): Link {
    const kind = this.section.split('/', 1)[0] ?? ''
    const attach = () => this.#native.attach()
    const feature = sectionFeatures[kind]
    return this.#link(kind, feature ? () => requiring(feature, attach) : attach)
  }

  /** At the start of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKprobe(symbol: string, options: KprobeOptions = {}): Link {
    return this.#link('kprobe', () => requiring('kprobe', () => this.#native.attachKprobe({ ...options, symbol })))
  }

  /** At the return of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretprobe(symbol: string, options: Omit<KprobeOptions, 'offset'> = {}): Link {
    return this.#link('kretprobe', () =>
      requiring('kprobe', () => this.#native.attachKprobe({ ...options, symbol, retprobe: true })),
    )
  }

  /** `attachTracepoint('tcp', 'tcp_retransmit_skb')` */
  attachTracepoint(category: string, name: string, options: { readonly cookie?: bigint } = {}): Link {
    const attach = () => this.#native.attachTracepoint({ ...options, category, name })
    return this.#link('tracepoint', () => requiring('tracefs', attach))
  }

  attachRawTracepoint(name: string, options: { readonly cookie?: bigint } = {}): Link {
    return this.#link('raw_tracepoint', () => this.#native.attachRawTracepoint({ ...options, name }))
  }

  /**
   * Joins an interface's TC programs by a link, which ends with the process.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachTcx({ interface: name, ...options }: TcxOptions): Link {
    const ifindex = indexOf(name, options)
    return this.#link('tcx', () => requiring('tcx', () => this.#native.attachTcx({ ...options, ifindex })))
  }

  /**
   * Adds a direct-action filter to an interface's clsact qdisc, which is made where it is missing. Closing the link removes the
   * filter and leaves the qdisc: another's filter may be in it by then. A process that is killed leaves the filter behind.
   */
  attachClsact({ interface: name, ...options }: ClsactOptions): Link {
    const ifindex = indexOf(name, options)
    return this.#link('clsact', () => this.#native.attachClsact({ ...options, ifindex }))
  }

  /** By TCX where the kernel has it, else by clsact. */
  attachTc(options: TcOptions): Link {
    try {
      return this.attachTcx(options)
    } catch (error) {
      if (!(error instanceof NotSupportedError)) throw error
      return this.attachClsact(options)
    }
  }

  #link(kind: string, attach: () => ReturnType<NativeProgram['attach']>): Link {
    return new Link(attach(), kind, this.name)
  }
}

function indexOf(name: string | number, { netns }: NetnsOptions): number {
  return typeof name === 'number' ? name : interfaceIndex(name, netns === undefined ? {} : { netns })
}
