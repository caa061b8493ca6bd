import { type OptionNames, requireFd, requireObject, requireOptions } from '../../arguments.js'
import { binding } from '../../internal/binding.js'
import { createError } from '../../internal/create-error.js'
import { type InterfaceOptions, interfaceOf, type NetnsOptions } from '../../net/interfaces.js'
import { type ClsactFilter, listFilters } from '../../net/list-filters.js'
import { listInterfaces } from '../../net/list-interfaces.js'
import { nativeNetns } from '../../net/namespace.js'
import { pathOf } from '../../path.js'
import type { CgroupSource } from './cgroup.js'
import { type TcxOptions, tcxNames } from './tc.js'
import { type XdpOptions, xdpNames } from './xdp.js'

/** The XDP hook of an interface. */
export interface XdpHook extends InterfaceOptions {
  /** The attach type. */
  readonly attachType: 'xdp'
}

/** The clsact qdisc of an interface, in one direction. */
export interface ClsactHook extends InterfaceOptions {
  /** The attach type, with the direction. */
  readonly attachType: 'clsact_ingress' | 'clsact_egress'
}

/** An XDP program of an interface, which can have one in the driver (`native`) or the network stack (`generic`), and one in hardware. */
export interface XdpProgram {
  /** The id of the program. */
  readonly id: number
  /** Where the program runs: in the driver, the network stack or the card. */
  readonly mode: 'native' | 'generic' | 'hardware'
}

export type { ClsactFilter } from '../../net/list-filters.js'

/** A hook of the kernel: what it belongs to, and its attach type in libbpf's spelling. */
export type Hook =
  | (InterfaceOptions & {
      /** The attach type. TCX needs Linux 6.6, netkit 6.7. */
      readonly attachType: 'tcx_ingress' | 'tcx_egress' | 'netkit_primary' | 'netkit_peer'
    })
  | {
      /** The cgroup. */
      readonly cgroup: CgroupSource
      /** The attach type: `cgroup_inet_ingress`, `cgroup_inet4_connect`, … */
      readonly attachType: `cgroup_${string}`
      /** Also lists the programs that the cgroup inherits from its ancestors. Default: false. */
      readonly effective?: boolean
    }
  | {
      /** The sock map or sock hash. */
      readonly map: {
        /** The descriptor of the map. */
        readonly fd: number
      }
      /** The attach type. Linux 5.19. */
      readonly attachType: 'sk_skb_stream_parser' | 'sk_skb_stream_verdict' | 'sk_skb_verdict' | 'sk_msg_verdict'
    }
  | (NetnsOptions & {
      /** The attach type. Linux 5.8. */
      readonly attachType: 'sk_lookup' | 'flow_dissector'
    })
  | XdpHook
  | ClsactHook

/** The names of a hook's options, and those that only say how to attach to it: the options of an attachment may be used as its hook. */
const hookNames: OptionNames<Hook | TcxOptions | XdpOptions> = {
  ...tcxNames,
  ...xdpNames,
  attachType: true,
  interface: true,
  netns: true,
  cgroup: true,
  effective: true,
  map: true,
}

/** The programs of a hook. */
export interface HookPrograms {
  /** The programs, in the order in which they run. */
  readonly programs: readonly {
    /** The id of the program. */
    readonly id: number
    /** The id of the link by which it is attached. For TCX and netkit. */
    readonly linkId?: number
  }[]
  /** Increases with every change; pass it as `expectedRevision`. For TCX, netkit and, since Linux 6.17, cgroups. */
  readonly revision?: bigint
}

/**
 * Lists the programs attached to a hook, no matter who attached them (BPF_PROG_QUERY; for XDP and clsact, netlink). Cgroups need
 * Linux 4.15, network namespaces 5.8, sock maps 5.19, TCX 6.6, netkit 6.7.
 *
 * @throws {BpfError} EINVAL if the kernel lacks the hook, ENODEV if there is no such interface.
 */
export function queryPrograms(hook: XdpHook): { readonly programs: readonly XdpProgram[] }
export function queryPrograms(hook: ClsactHook): { readonly programs: readonly ClsactFilter[] }
export function queryPrograms(hook: Hook): HookPrograms
export function queryPrograms(hook: Hook): HookPrograms {
  requireOptions(hook, hookNames, 'hook')
  const { attachType } = hook
  if (attachType === 'xdp') return { programs: binding.queryXdp(interfaceOf(hook)) }
  if (attachType === 'clsact_ingress' || attachType === 'clsact_egress') {
    return { programs: filtersOf(hook) }
  }
  if ('cgroup' in hook) {
    const cgroup = requireObject(hook.cgroup, 'cgroup')
    const native = 'path' in cgroup ? { path: pathOf(cgroup.path) } : cgroup
    return binding.queryPrograms({ ...hook, cgroup: native })
  }
  if ('map' in hook) return binding.queryPrograms({ attachType, map: requireFd(hook.map, 'map') })
  if ('interface' in hook) return binding.queryPrograms({ attachType, ...interfaceOf(hook) })
  return binding.queryPrograms({ attachType, ...nativeNetns(hook) })
}

function filtersOf(hook: ClsactHook): ClsactFilter[] {
  const { ifindex, netns } = interfaceOf(hook)
  const socket = binding.openNetlink(netns === undefined ? {} : { netns })
  try {
    // For an interface that does not exist, the kernel returns an empty list, as for one without clsact.
    if (!listInterfaces(socket).some(({ index }) => index === ifindex)) {
      throw createError({ code: 'ENODEV', errno: 19, operation: 'query clsact' })
    }
    return listFilters(socket, ifindex, hook.attachType === 'clsact_ingress' ? 'ingress' : 'egress')
  } finally {
    socket.close()
  }
}
