import { attachCgroup, type CgroupOptions } from '../link/attach/cgroup.js'
import { attachNetfilter, type NetfilterOptions } from '../link/attach/netfilter.js'
import { attachNetkit, type NetkitOptions } from '../link/attach/netkit.js'
import { attachNetns } from '../link/attach/netns.js'
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
import { attachXdp, type XdpOptions } from '../link/attach/xdp.js'
import type { Link } from '../link/link.js'
import type { NetnsOptions } from '../net/interfaces.js'
import { TracingProgram } from './tracing.js'

/** Ways to attach to interfaces, cgroups, network namespaces and sockets. */
export abstract class NetworkProgram extends TracingProgram {
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
