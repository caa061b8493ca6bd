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
 * A program of a loaded object. It has a method for each way to attach it. Each returns a link, which the caller must close. The
 * options are in the file of the same name in `link/attach/`.
 */
export class Program extends LoadedProgram {
  /** The C name of the program. */
  readonly name: string
  /** The ELF section, which says what `attach()` attaches to. */
  readonly section: string
  readonly #native: NativeProgram

  /** @internal */
  constructor(
    /** The object that the program belongs to. The reference keeps it alive while the program is in use. */
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
   * Associates the program with a struct_ops map: its kfuncs of that struct_ops then act on that map. This cannot be changed later.
   *
   * @throws {NotSupportedError} before Linux 7.0.
   * @throws {BpfError} EBUSY if the program has a map already, EINVAL if the map is not a struct_ops map or the program is of struct_ops.
   */
  associateStructOps(map: { readonly fd: number }): void {
    const mapFd = requireFd(map, 'map')
    requiring('associated_struct_ops', () => binding.associateStructOps(this.fd, mapFd))
  }

  /**
   * Attaches to what the section names, such as `SEC("tp_btf/tcp_retransmit_skb")`. For an iterator, the link is an IteratorLink.
   *
   * @throws {BpfError} ENOTSUP if the section names no target, such as `SEC("kprobe")` and `SEC("xdp")`.
   *
   * @example
   * ```ts
   * import { open } from 'ebpf'
   *
   * using bpf = await open('count.bpf.o').load()
   * using link = bpf.program('on_sys_enter').attach() // SEC("raw_tp/sys_enter")
   * console.log(link.program)
   * ```
   */
  attach(): Link {
    return attachSection(this)
  }

  // Tracing the kernel

  /** Attaches to the start of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKprobe(symbol: string, options: KprobeOptions = {}): Link {
    return attachKprobe(this, symbol, options)
  }

  /** Attaches to the return of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretprobe(symbol: string, options: Omit<KprobeOptions, 'offset'> = {}): Link {
    return attachKretprobe(this, symbol, options)
  }

  /**
   * Attaches to the start of many kernel functions, with one link. For `SEC("kprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 5.18, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKprobeMulti(options: KprobeMultiOptions): Link {
    return attachKprobeMulti(this, options)
  }

  /**
   * Attaches to the return of many kernel functions, with one link. For `SEC("kretprobe.multi")` or `SEC("kprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 5.18, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKretprobeMulti(options: KprobeMultiOptions): Link {
    return attachKretprobeMulti(this, options)
  }

  /**
   * Attaches to the start of many kernel functions and, if the program returned 0 there, to their return. For
   * `SEC("kprobe.session")`.
   *
   * @throws {NotSupportedError} before Linux 6.10, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKprobeSession(options: KprobeMultiOptions): Link {
    return attachKprobeSession(this, options)
  }

  /**
   * Attaches to the start of a system call, by name, such as `openat`: a kprobe on the kernel's function for it.
   *
   * @throws {NotSupportedError} on a kernel without kprobes.
   */
  attachKsyscall(syscall: string, options: KsyscallOptions = {}): Link {
    return attachKsyscall(this, syscall, options)
  }

  /** Attaches to the return of a system call, by name. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretsyscall(syscall: string, options: KsyscallOptions = {}): Link {
    return attachKretsyscall(this, syscall, options)
  }

  /**
   * Attaches to a tracepoint of tracefs: `attachTracepoint('tcp', 'tcp_retransmit_skb')`.
   *
   * @throws {NotSupportedError} if tracefs is not mounted.
   * @throws {BpfError} ENOENT if tracefs has no such tracepoint.
   */
  attachTracepoint(category: string, name: string, options: TracepointOptions = {}): Link {
    return attachTracepoint(this, category, name, options)
  }

  /**
   * Attaches to a tracepoint with the kernel's raw arguments: `attachRawTracepoint('sys_enter')`. It does not need tracefs.
   *
   * @throws {BpfError} ENOENT if the kernel has no such tracepoint.
   */
  attachRawTracepoint(name: string, options: TracepointOptions = {}): Link {
    return attachRawTracepoint(this, name, options)
  }

  /**
   * Attaches to what the program was loaded for: a function (fentry, fexit, fmod_ret, fsession) or a tracepoint (tp_btf). `attach()`
   * does the same, but a cookie can only be given here.
   *
   * @throws {NotSupportedError} before Linux 5.5, for a function on arm64 before 6.4, or without the kernel's BTF.
   */
  attachTrace(options: TraceOptions = {}): Link {
    return attachTrace(this, options)
  }

  /**
   * Attaches to the LSM hook that the program was loaded for. The kernel only calls it if it was booted with `bpf` among its LSMs
   * (`/sys/kernel/security/lsm`).
   *
   * @throws {NotSupportedError} before Linux 5.7, on arm64 before 6.4.
   */
  attachLsm(): Link {
    return attachLsm(this)
  }

  /**
   * Replaces a function of another program: without options, the one that it was loaded for (`OpenProgram.setAttachTarget`). Since
   * Linux 5.10, another target of the same type can be given.
   *
   * @throws {NotSupportedError} before Linux 5.6, on arm64 before 6.0.
   */
  attachFreplace(options?: FreplaceOptions): Link {
    return attachFreplace(this, options)
  }

  /**
   * Runs the program each time the counter of a perf event overflows. This makes a sampling profiler:
   * `attachPerfEvent({ event: 'cpu-clock', frequency: 99, cpu: 0 })`. Closing the link closes the event.
   *
   * @throws {TypeError} without a frequency or a period, or without a pid or a cpu.
   * @throws {RangeError} for an unknown event name.
   * @throws {BpfError} ENOENT for a hardware event that the machine lacks.
   */
  attachPerfEvent(options: PerfEventOptions): Link {
    return attachPerfEvent(this, options)
  }

  /**
   * Creates an iterator, which runs the program for each kernel object of a kind each time it is read. For `SEC("iter/task")` and others.
   *
   * @throws {NotSupportedError} before Linux 5.8, with `pid`, `tid` or `cgroup` before 6.1.
   */
  attachIterator(options: IteratorOptions = {}): IteratorLink {
    return attachIterator(this, options)
  }

  // Tracing user space

  /**
   * Attaches to a function of a program or a library: `attachUprobe('libc.so.6', { symbol: 'malloc' })`.
   *
   * @param path A path; the files of a process in a container are below `/proc/PID/root`. A bare name is searched for: a library in
   * LD_LIBRARY_PATH, /usr/lib64, /usr/lib and Debian's directory for the architecture, a program in PATH, /usr/bin and /usr/sbin.
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   */
  attachUprobe(path: Path, options: UprobeOptions): Link {
    return attachUprobe(this, path, options)
  }

  /**
   * Attaches to the return of a function of a program or a library. For `path`, see `attachUprobe`.
   *
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   */
  attachUretprobe(path: Path, options: UretprobeOptions): Link {
    return attachUretprobe(this, path, options)
  }

  /**
   * Attaches to many functions of a program or a library, with one link. For `SEC("uprobe.multi")`; for `path`, see `attachUprobe`.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachUprobeMulti(path: Path, options: UprobeMultiOptions): Link {
    return attachUprobeMulti(this, path, options)
  }

  /**
   * Attaches to the return of many functions of a program or a library, with one link. For `SEC("uretprobe.multi")` or
   * `SEC("uprobe.multi")`; for `path`, see `attachUprobe`.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachUretprobeMulti(path: Path, options: UprobeMultiOptions): Link {
    return attachUretprobeMulti(this, path, options)
  }

  /**
   * Attaches to the start of many functions of a program or a library and, if the program returned 0 there, to their return, with one
   * link. For `SEC("uprobe.session")`; for `path`, see `attachUprobe`.
   *
   * @throws {NotSupportedError} before Linux 6.13.
   */
  attachUprobeSession(path: Path, options: UprobeMultiOptions): Link {
    return attachUprobeSession(this, path, options)
  }

  /**
   * Attaches to a statically defined tracepoint (USDT) of a program or a library; for `path`, see `attachUprobe`. The program reads the
   * arguments with `bpf_usdt_arg` of libbpf's usdt.bpf.h. The object stays in memory until the link is closed, even if it is closed first.
   *
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   * @throws {BpfError} ENOENT if the file has no such probe; ENOTSUP if BPF cannot read one of its arguments, such as one in a vector
   * register, or if the kernel cannot count in its semaphore. It cannot do so for processes that start later, if the program was
   * linked with lld or mold: `pid` may then help.
   */
  attachUsdt(path: Path, provider: string, name: string, options: UsdtOptions = {}): Link {
    return attachUsdt(this, path, provider, name, options)
  }

  // Networking and cgroups

  /**
   * Attaches to an interface's TCX hook, at a given position among the programs there.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachTcx(options: TcxOptions): Link {
    return attachTcx(this, options)
  }

  /**
   * Adds a direct-action filter to an interface's clsact qdisc, which is created if missing. Closing the link removes the filter but
   * not the qdisc, which may contain filters of others by then. A process that is killed leaves the filter behind.
   *
   * @throws {BpfError} EEXIST if a filter has that `priority` and `handle`, ENODEV if there is no such interface, EINVAL for egress if
   * the interface has the `ingress` qdisc, which takes the place of clsact and would run the filter on incoming packets.
   */
  attachClsact(options: ClsactOptions): Link {
    return attachClsact(this, options)
  }

  /**
   * Attaches by TCX if the kernel has it (Linux 6.6), otherwise by clsact.
   *
   * @throws {BpfError} ENODEV if there is no such interface.
   *
   * @example
   * ```ts
   * import { open } from 'ebpf'
   *
   * using bpf = await open('firewall.bpf.o').load()
   * using link = bpf.program('filter').attachTc({ interface: 'eth0', direction: 'ingress' })
   * console.log(link.info())
   * ```
   */
  attachTc(options: TcOptions): Link {
    return attachTc(this, options)
  }

  /**
   * Attaches to a pair of netkit devices, at a given position among the programs there.
   *
   * @throws {NotSupportedError} before Linux 6.7.
   */
  attachNetkit(options: NetkitOptions): Link {
    return attachNetkit(this, options)
  }

  /**
   * Attaches to an interface's XDP hook. An interface has one XDP program per mode.
   *
   * @throws {BpfError} EBUSY if another link is attached there, EEXIST if the interface has a program in another mode.
   */
  attachXdp(options: XdpOptions): Link {
    return attachXdp(this, options)
  }

  /**
   * Attaches to a cgroup and its descendants, by the section's attach type: `cgroup_skb/*`, `cgroup/*`, `sockops`. Other programs of
   * the cgroup keep running. Programs for Unix socket addresses need Linux 6.7.
   *
   * @throws {NotSupportedError} with `anchor`, `before`, `after` or `expectedRevision` before Linux 6.17, with `preorder` before 6.15.
   * @throws {BpfError} EINVAL if the directory is not a cgroup v2 directory.
   */
  attachCgroup(options: CgroupOptions): Link {
    return attachCgroup(this, options)
  }

  /**
   * Attaches an `sk_lookup` program (Linux 5.9) or a `flow_dissector` to a network namespace. A namespace can have one flow dissector,
   * but not while the initial namespace has one.
   *
   * @throws {BpfError} E2BIG if the namespace has a flow dissector already, EINVAL if `netns` is not a network namespace.
   */
  attachNetns(options: NetnsOptions = {}): Link {
    return attachNetns(this, options)
  }

  /**
   * Attaches to a netfilter hook in a network namespace.
   *
   * @throws {NotSupportedError} before Linux 6.4.
   * @throws {BpfError} EBUSY if the hook has a program with that priority already.
   */
  attachNetfilter(options: NetfilterOptions): Link {
    return attachNetfilter(this, options)
  }

  /**
   * Attaches an `sk_msg` or `sk_skb` program to a sock map or sock hash. It applies to sockets that are added afterwards. Since Linux
   * 6.10 this makes a link in the kernel. Before that, closing detaches the program, but the end of the process does not as long as the
   * map exists.
   *
   * @throws {BpfError} EINVAL if the map has another type, EBUSY if it has a link of that kind already.
   */
  attachSockmap(map: { readonly fd: number }): Link {
    return attachSockmap(this, map)
  }

  /**
   * Filters what a socket receives, given its descriptor (SO_ATTACH_BPF), or sees what an interface sends and receives. For an interface
   * the link owns a packet socket that nobody reads; this needs CAP_NET_RAW. A socket has one filter: closing the link removes whichever
   * filter it has then.
   *
   * @throws {BpfError} ENOTSOCK if the descriptor is not a socket, ENODEV if there is no such interface.
   */
  attachSocketFilter(options: SocketFilterOptions): Link {
    return attachSocketFilter(this, options)
  }

  /**
   * Attaches to a SO_REUSEPORT group, to choose the receiving socket, given the descriptor of one of its sockets
   * (SO_ATTACH_REUSEPORT_EBPF).
   *
   * @throws {BpfError} ENOTSOCK if the descriptor is not a socket.
   */
  attachReuseport(socket: { readonly fd: number }): Link {
    return attachReuseport(this, socket)
  }
}
shareClass(Program, 'Program')
