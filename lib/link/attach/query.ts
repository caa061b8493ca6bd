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

export interface XdpHook extends InterfaceOptions {
  readonly attachType: 'xdp'
}

export interface ClsactHook extends InterfaceOptions {
  readonly attachType: 'clsact_ingress' | 'clsact_egress'
}

/** A program on an interface's XDP hook: one by the driver (`native`) or by the kernel behind it (`generic`), and one in hardware. */
export interface XdpProgram {
  readonly id: number
  readonly mode: 'native' | 'generic' | 'hardware'
}

export type { ClsactFilter } from '../../net/list-filters.js'

/** A hook of the kernel, by where it is and its attach type as libbpf spells it. */
export type Hook =
  | (InterfaceOptions & {
      readonly attachType: 'tcx_ingress' | 'tcx_egress' | 'netkit_primary' | 'netkit_peer'
    })
  | {
      readonly cgroup: CgroupSource
      /** `cgroup_inet_ingress`, `cgroup_inet4_connect`, … */
      readonly attachType: `cgroup_${string}`
      /** Lists also what the cgroup inherits from those above. Default: false. */
      readonly effective?: boolean
    }
  | {
      readonly map: { readonly fd: number }
      readonly attachType: 'sk_skb_stream_parser' | 'sk_skb_stream_verdict' | 'sk_skb_verdict' | 'sk_msg_verdict'
    }
  | (NetnsOptions & { readonly attachType: 'sk_lookup' | 'flow_dissector' })
  | XdpHook
  | ClsactHook

/** Besides a hook's own names those that only say how to attach to it: options of an attachment name its hook, too. */
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

export interface HookPrograms {
  /** In the order in which they run. */
  readonly programs: readonly {
    readonly id: number
    /** TCX and netkit: the link that it is attached by. */
    readonly linkId?: number
  }[]
  /** TCX, netkit and, since Linux 6.17, cgroups: grows with every change, for the `expectedRevision` of an attachment. */
  readonly revision?: bigint
}

/**
 * The programs that are attached to a hook, whoever attached them (BPF_PROG_QUERY; of XDP and clsact by netlink). Of a cgroup since
 * Linux 4.15, a network namespace 5.8, a sock map 5.19, TCX 6.6, netkit 6.7.
 *
 * @throws {BpfError} EINVAL on a kernel without the hook, ENODEV without the interface.
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
    // Of an interface that there is not the kernel lists no filters, as of one without clsact.
    if (!listInterfaces(socket).some(({ index }) => index === ifindex)) {
      throw createError({ code: 'ENODEV', errno: 19, operation: 'query clsact' })
    }
    return listFilters(socket, ifindex, hook.attachType === 'clsact_ingress' ? 'ingress' : 'egress')
  } finally {
    socket.close()
  }
}
