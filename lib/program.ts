import { attachCgroup, type CgroupOptions } from './attach/cgroup.js'
import { attachKprobe, attachKretprobe, type KprobeOptions } from './attach/kprobe.js'
import { attachNetfilter, type NetfilterOptions } from './attach/netfilter.js'
import { attachNetkit, type NetkitOptions } from './attach/netkit.js'
import { attachNetns } from './attach/netns.js'
import { attachSection } from './attach/section.js'
import { attachReuseport, attachSocketFilter, type SocketFilterOptions } from './attach/socket.js'
import { attachSockmap } from './attach/sockmap.js'
import { attachClsact, attachTc, attachTcx, type ClsactOptions, type TcOptions, type TcxOptions } from './attach/tc.js'
import { attachRawTracepoint, attachTracepoint, type TracepointOptions } from './attach/tracepoint.js'
import { attachXdp, type XdpOptions } from './attach/xdp.js'
import type { NetnsOptions } from './interfaces.js'
import type { NativeProgram, NativeProgramDescription } from './internal/binding.js'
import { Handle } from './internal/lifetime.js'
import type { Link } from './link.js'

export interface RunOptions {
  /** The packet, for programs that take one. */
  readonly data?: Uint8Array
  /** The context structure. */
  readonly context?: Uint8Array
  /** How often to run it. Default: 1. */
  readonly repeat?: number
  /** Room for the packet that the program leaves. Default: the size of `data` and some headroom. */
  readonly dataOutSize?: number
}

export interface RunResult {
  readonly returnValue: number
  /** Mean nanoseconds of a run. */
  readonly duration: number
  readonly data: Uint8Array
  readonly context: Uint8Array
}

export type ProgramInfo = ReturnType<NativeProgram['info']>

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

  /** Id, tag, sizes, and run time and count where the kernel keeps them (`kernel.bpf_stats_enabled`). */
  info(): ProgramInfo {
    return this.#native.info()
  }

  /** Runs the program in the kernel without attaching it (BPF_PROG_RUN). Which types can depends on the kernel. */
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
   * Joins an interface's TC programs, at a place among them.
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

  /**
   * Joins the programs of a pair of netkit devices, at a place among them.
   *
   * @throws {NotSupportedError} before Linux 6.7.
   */
  attachNetkit(options: NetkitOptions): Link {
    return attachNetkit(this, options)
  }

  /**
   * Makes it the XDP program of an interface, which has one a mode.
   *
   * @throws {BpfError} EBUSY when another link holds the place, EEXIST when the interface has a program in another mode.
   */
  attachXdp(options: XdpOptions): Link {
    return attachXdp(this, options)
  }

  /**
   * Attaches to a cgroup and those below it what the section names: `cgroup_skb/*`, `cgroup/*`, `sockops`. Other programs of the
   * cgroup go on. What acts on Unix sockets' addresses needs Linux 6.7.
   *
   * @throws {BpfError} EINVAL when the directory is not a cgroup2's.
   */
  attachCgroup(options: CgroupOptions): Link {
    return attachCgroup(this, options)
  }

  /**
   * Attaches an `sk_lookup` program (Linux 5.9) or a `flow_dissector` to a network namespace. A namespace has one flow dissector
   * (else E2BIG), and none of its own while the initial one has.
   */
  attachNetns(options: NetnsOptions = {}): Link {
    return attachNetns(this, options)
  }

  /**
   * Attaches to a hook of netfilter in a network namespace.
   *
   * @throws {NotSupportedError} before Linux 6.4.
   * @throws {BpfError} EBUSY when the hook has a program of that priority.
   */
  attachNetfilter(options: NetfilterOptions): Link {
    return attachNetfilter(this, options)
  }

  /**
   * Attaches an `sk_msg` or `sk_skb` program to a sock map or sock hash: it judges the sockets that are put in later. By a link since
   * Linux 6.10; before, closing detaches and the end of the process does not, while the map lives.
   */
  attachSockmap(map: { readonly fd: number }): Link {
    return attachSockmap(this, map)
  }

  /**
   * Filters what a socket receives, given its descriptor (SO_ATTACH_BPF), or sees what an interface sends and receives, through a packet
   * socket that the link owns and nobody reads; that needs CAP_NET_RAW. A socket has one filter: closing the link removes the
   * one that it has.
   */
  attachSocketFilter(options: SocketFilterOptions): Link {
    return attachSocketFilter(this, options)
  }

  /** Chooses the receiving socket of a SO_REUSEPORT group, given the descriptor of one of them (SO_ATTACH_REUSEPORT_EBPF). */
  attachReuseport(socket: { readonly fd: number }): Link {
    return attachReuseport(this, socket)
  }
}
