import { requireFd } from '../arguments.js'
import { binding, type NativeProgram, type NativeProgramDescription } from '../internal/binding.js'
import { requiring } from '../kernel/features.js'
import { attachCgroup, type CgroupOptions } from '../link/attach/cgroup.js'
import { attachIterator, type IteratorOptions } from '../link/attach/iterator.js'
import {
  attachKprobe,
  attachKretprobe,
  attachKretsyscall,
  attachKsyscall,
  type KprobeOptions,
  type KsyscallOptions,
} from '../link/attach/kprobe.js'
import {
  attachKprobeMulti,
  attachKprobeSession,
  attachKretprobeMulti,
  type KprobeMultiOptions,
} from '../link/attach/kprobe-multi.js'
import { attachNetfilter, type NetfilterOptions } from '../link/attach/netfilter.js'
import { attachNetkit, type NetkitOptions } from '../link/attach/netkit.js'
import { attachNetns } from '../link/attach/netns.js'
import { attachPerfEvent, type PerfEventOptions } from '../link/attach/perf-event.js'
import { attachSection } from '../link/attach/section.js'
import { attachReuseport, attachSocketFilter, type SocketFilterOptions } from '../link/attach/socket.js'
import { attachSockmap } from '../link/attach/sockmap.js'
import {
  attachClsact,
  attachTc,
  attachTcx,
  type ClsactOptions,
  type TcOptions,
  type TcxOptions,
} from '../link/attach/tc.js'
import {
  attachFreplace,
  attachLsm,
  attachTrace,
  type FreplaceOptions,
  type TraceOptions,
} from '../link/attach/trace.js'
import { attachRawTracepoint, attachTracepoint, type TracepointOptions } from '../link/attach/tracepoint.js'
import { attachUprobe, attachUretprobe, type UprobeOptions, type UretprobeOptions } from '../link/attach/uprobe.js'
import {
  attachUprobeMulti,
  attachUprobeSession,
  attachUretprobeMulti,
  type UprobeMultiOptions,
} from '../link/attach/uprobe-multi.js'
import { attachUsdt, type UsdtOptions } from '../link/attach/usdt.js'
import { attachXdp, type XdpOptions } from '../link/attach/xdp.js'
import type { IteratorLink, ObjectDecoding } from '../link/iterator-link.js'
import type { Link } from '../link/link.js'
import type { NetnsOptions } from '../net/interfaces.js'
import type { Path } from '../path.js'
import { shareClass } from '../shared-class.js'
import { LoadedProgram } from './loaded-program.js'

/**
 * A program of a loaded object. Each way to attach it is a method, which returns a link that the caller closes; the file in
 * `link/attach/` of the same name has its options.
 */
export class Program extends LoadedProgram {
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
    super(native, `program ${description?.name}`)
    this.#native = native
    this.name = description?.name ?? ''
    this.section = description?.section ?? ''
  }

  /** @internal */
  get native(): NativeProgram {
    return this.#native
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

  /**
   * Attaches to what the section names, `SEC("tp_btf/tcp_retransmit_skb")`. For an iterator the link is an IteratorLink.
   *
   * @throws {BpfError} ENOTSUP when it names nothing, as `SEC("kprobe")` and `SEC("xdp")`.
   */
  attach(): Link {
    return attachSection(this)
  }

  // Tracing the kernel

  /** At the start of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKprobe(symbol: string, options: KprobeOptions = {}): Link {
    return attachKprobe(this, symbol, options)
  }

  /** At the return of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretprobe(symbol: string, options: Omit<KprobeOptions, 'offset'> = {}): Link {
    return attachKretprobe(this, symbol, options)
  }

  /**
   * At the start of many kernel functions, by one link. Of `SEC("kprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 5.18, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKprobeMulti(options: KprobeMultiOptions): Link {
    return attachKprobeMulti(this, options)
  }

  /**
   * At the return of many kernel functions, by one link. Of `SEC("kretprobe.multi")` or `SEC("kprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 5.18, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKretprobeMulti(options: KprobeMultiOptions): Link {
    return attachKretprobeMulti(this, options)
  }

  /**
   * At the start and, where the program returned 0 there, at the return of many kernel functions. Of
   * `SEC("kprobe.session")`.
   *
   * @throws {NotSupportedError} before Linux 6.10, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKprobeSession(options: KprobeMultiOptions): Link {
    return attachKprobeSession(this, options)
  }

  /**
   * At the start of a system call, by its name, `openat`: a kprobe on the function that this kernel has for it.
   *
   * @throws {NotSupportedError} on a kernel without kprobes.
   */
  attachKsyscall(syscall: string, options: KsyscallOptions = {}): Link {
    return attachKsyscall(this, syscall, options)
  }

  /** At the return of a system call, by its name. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretsyscall(syscall: string, options: KsyscallOptions = {}): Link {
    return attachKretsyscall(this, syscall, options)
  }

  /**
   * At an event of tracefs: `attachTracepoint('tcp', 'tcp_retransmit_skb')`.
   *
   * @throws {NotSupportedError} where tracefs is not mounted.
   * @throws {BpfError} ENOENT when it has no such event.
   */
  attachTracepoint(category: string, name: string, options: TracepointOptions = {}): Link {
    return attachTracepoint(this, category, name, options)
  }

  /**
   * At a tracepoint, with the kernel's own arguments: `attachRawTracepoint('sys_enter')`. It needs no tracefs.
   *
   * @throws {BpfError} ENOENT when the kernel has no such tracepoint.
   */
  attachRawTracepoint(name: string, options: TracepointOptions = {}): Link {
    return attachRawTracepoint(this, name, options)
  }

  /**
   * To what the program was loaded for: fentry, fexit, fmod_ret and fsession to a function, tp_btf to a tracepoint. `attach()` does so
   * too; a cookie can only be given here.
   *
   * @throws {NotSupportedError} before Linux 5.5, on arm64 of a function before 6.4, or without the kernel's BTF.
   */
  attachTrace(options: TraceOptions = {}): Link {
    return attachTrace(this, options)
  }

  /**
   * To the LSM hook that the program was loaded for. The kernel calls it only where `bpf` is one of the LSMs that it was
   * booted with (`/sys/kernel/security/lsm`).
   *
   * @throws {NotSupportedError} before Linux 5.7, on arm64 before 6.4.
   */
  attachLsm(): Link {
    return attachLsm(this)
  }

  /**
   * In place of a function of another program; without options of the one that it was loaded for (`OpenProgram.setAttachTarget`). Another
   * target of the same type can be given since Linux 5.10.
   *
   * @throws {NotSupportedError} before Linux 5.6, on arm64 before 6.0.
   */
  attachFreplace(options?: FreplaceOptions): Link {
    return attachFreplace(this, options)
  }

  /**
   * Runs the program when a perf event's counter overflows, which makes a sampling profiler:
   * `attachPerfEvent({ event: 'cpu-clock', frequency: 99, cpu: 0 })`. The link closes the event.
   *
   * @throws {TypeError} without a frequency or a period, or without a pid or a cpu.
   * @throws {RangeError} for an event that has no such name.
   * @throws {BpfError} ENOENT for a hardware event that the machine has not.
   */
  attachPerfEvent(options: PerfEventOptions): Link {
    return attachPerfEvent(this, options)
  }

  /**
   * Makes an iterator, which runs the program for each kernel object of a kind (`SEC("iter/task")`) whenever it is read.
   *
   * @throws {NotSupportedError} before Linux 5.8, with `pid`, `tid` or `cgroup` before 6.1.
   */
  attachIterator(options: IteratorOptions = {}): IteratorLink {
    return attachIterator(this, options)
  }

  // Tracing user space

  /**
   * At a function of a program or a library: `attachUprobe('libc.so.6', { symbol: 'malloc' })`.
   *
   * @param path A path; a process in a container has its files below `/proc/PID/root`. A bare name is looked for: a library
   * in LD_LIBRARY_PATH, /usr/lib64, /usr/lib and Debian's directory for the architecture, a program in PATH, /usr/bin and
   * /usr/sbin.
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   */
  attachUprobe(path: Path, options: UprobeOptions): Link {
    return attachUprobe(this, path, options)
  }

  /**
   * At the return of a function of a program or a library; `path` as of `attachUprobe`.
   *
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   */
  attachUretprobe(path: Path, options: UretprobeOptions): Link {
    return attachUretprobe(this, path, options)
  }

  /**
   * At many functions of a program or a library, by one link; `path` as of `attachUprobe`. Of `SEC("uprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachUprobeMulti(path: Path, options: UprobeMultiOptions): Link {
    return attachUprobeMulti(this, path, options)
  }

  /**
   * At the return of many functions of a program or a library, by one link; `path` as of `attachUprobe`. Of
   * `SEC("uretprobe.multi")` or `SEC("uprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachUretprobeMulti(path: Path, options: UprobeMultiOptions): Link {
    return attachUretprobeMulti(this, path, options)
  }

  /**
   * At the start of many functions of a program or a library and, where the program returned 0 there, at their return, by one link;
   * `path` as of `attachUprobe`. Of `SEC("uprobe.session")`.
   *
   * @throws {NotSupportedError} before Linux 6.13.
   */
  attachUprobeSession(path: Path, options: UprobeMultiOptions): Link {
    return attachUprobeSession(this, path, options)
  }

  /**
   * At a statically defined tracepoint of a program or a library; `path` as of `attachUprobe`. Its arguments are read by
   * `bpf_usdt_arg` of libbpf's usdt.bpf.h. The object stays in memory, though closed, until the link is.
   *
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   * @throws {BpfError} ENOENT when the file has no such probe; ENOTSUP when BPF cannot read one of its arguments, such as one in
   * a vector register, or when the kernel cannot count in its semaphore, as it cannot for processes that start later if the program is
   * linked by lld or mold: then `pid` may help.
   */
  attachUsdt(path: Path, provider: string, name: string, options: UsdtOptions = {}): Link {
    return attachUsdt(this, path, provider, name, options)
  }

  // Networking and cgroups

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
   *
   * @throws {BpfError} EEXIST when a filter has that `priority` and `handle`, ENODEV without the interface, EINVAL for egress where
   * the interface has the qdisc `ingress`, which takes the place of clsact and would run the filter on what comes in.
   */
  attachClsact(options: ClsactOptions): Link {
    return attachClsact(this, options)
  }

  /** By TCX where the kernel has it (Linux 6.6), else by clsact. @throws {BpfError} ENODEV without the interface. */
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
   * @throws {NotSupportedError} with `anchor` before Linux 6.17, with `preorder` before 6.15.
   * @throws {BpfError} EINVAL when the directory is not a cgroup2's.
   */
  attachCgroup(options: CgroupOptions): Link {
    return attachCgroup(this, options)
  }

  /**
   * Attaches an `sk_lookup` program (Linux 5.9) or a `flow_dissector` to a network namespace. A namespace has one flow dissector,
   * and none of its own while the initial one has.
   *
   * @throws {BpfError} E2BIG when the namespace has a flow dissector, EINVAL when `netns` is no network namespace.
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
   *
   * @throws {BpfError} EINVAL when the map is of another type, EBUSY when it has a link of that kind.
   */
  attachSockmap(map: { readonly fd: number }): Link {
    return attachSockmap(this, map)
  }

  /**
   * Filters what a socket receives, given its descriptor (SO_ATTACH_BPF), or sees what an interface sends and receives, through a packet
   * socket that the link owns and nobody reads; that needs CAP_NET_RAW. A socket has one filter: closing the link removes the
   * one that it has.
   *
   * @throws {BpfError} ENOTSOCK when the descriptor is of something else, ENODEV without the interface.
   */
  attachSocketFilter(options: SocketFilterOptions): Link {
    return attachSocketFilter(this, options)
  }

  /**
   * Chooses the receiving socket of a SO_REUSEPORT group, given the descriptor of one of them (SO_ATTACH_REUSEPORT_EBPF).
   *
   * @throws {BpfError} ENOTSOCK when the descriptor is of something else.
   */
  attachReuseport(socket: { readonly fd: number }): Link {
    return attachReuseport(this, socket)
  }
}
shareClass(Program, 'Program')
