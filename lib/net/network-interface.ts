import { linkAddressText } from '../btf/address.js'
import { littleEndian } from '../internal/byte-order.js'
import { attributesOf, eachAttribute, malformed, type NetlinkMessage, textOf } from './netlink.js'

/** `struct rtnl_link_stats64`: counters since the interface was created, as `ip -s link` shows them. */
export interface InterfaceStatistics {
  readonly rxPackets: bigint
  readonly txPackets: bigint
  /** Bytes, link-layer header included. */
  readonly rxBytes: bigint
  readonly txBytes: bigint
  readonly rxErrors: bigint
  readonly txErrors: bigint
  readonly rxDropped: bigint
  readonly txDropped: bigint
}

/** What the kernel reports about an interface in RTM_NEWLINK, rtnetlink(7). What it does not report is undefined. */
export interface NetworkInterface {
  /** It may change, and may later belong to another interface. */
  readonly name: string
  /** `ifindex`: unique only within its namespace, and sometimes reused. */
  readonly index: number
  /** The driver's kind: `veth`, `bridge`, `vlan`, `vxlan`, `tun`, `wireguard` …; undefined for hardware and for loopback. */
  readonly kind?: string
  /**
   * The other end of a veth pair, or the interface that a vlan, macvlan or tunnel runs on. `netns` is the id that this interface's
   * namespace has for the other one (ip-netns(8), `list-id`); undefined if both are in the same namespace. A veth whose link is in another
   * namespace is either the host's end of a container's pair or the container's own end.
   */
  readonly link?: { readonly index: number; readonly netns?: number }
  /** Index of the bridge or bond that it is a port of. */
  readonly master?: number
  /** The kind of that interface: `bridge`, `bond`, `team`, `vrf` … */
  readonly masterKind?: string
  /** IFF_UP: an administrator has set it up. */
  readonly up: boolean
  /** IFF_RUNNING: it also has a carrier. */
  readonly running: boolean
  /** IFF_LOOPBACK */
  readonly loopback: boolean
  /** ARPHRD_* of linux/if_arp.h: 1 Ethernet, 772 loopback, 65534 none (tun and WireGuard, whose packets begin with IP). */
  readonly linkType: number
  /** The link-layer address, `02:42:ac:11:00:02`: a MAC address if `linkType` is 1. */
  readonly address?: string
  /** The MTU in bytes. */
  readonly mtu: number
  /** Other names of the interface, which may be longer (`ip link property`, Linux 5.5). */
  readonly alternativeNames: readonly string[]
  /** Undefined if only the end of the interface is known: see `InterfaceChanges.removed`. */
  readonly statistics?: InterfaceStatistics
}

// include/uapi/linux/if_link.h
const attribute = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  master: 10,
  linkInfo: 18,
  statistics: 23,
  linkNetns: 37,
  properties: 52,
  alternativeName: 53,
} as const
const infoKind = 1
const infoMasterKind = 4

// struct ifinfomsg: family, padding, __u16 type, int index, unsigned flags, unsigned change
const headerSize = 16
const flag = { up: 0x1, loopback: 0x8, running: 0x40 }

/**
 * The interface that an RTM_NEWLINK or RTM_DELLINK is about. Undefined for messages about something else: a bridge's port (AF_BRIDGE:
 * the port leaves the bridge, but still exists), or wireless events, which have no name.
 */
export function interfaceOfMessage({ payload }: NetlinkMessage): NetworkInterface | undefined {
  if (payload.byteLength < headerSize) throw malformed('message', payload.byteLength)
  const family = payload.getUint8(0)
  const attributes = attributesOf(payload, headerSize)
  const name = attributes.get(attribute.name)
  if (family !== 0 || name === undefined) return undefined
  const number = (type: number) => numberOf(attributes.get(type))
  const flags = payload.getUint32(8, littleEndian)
  const info = attributes.get(attribute.linkInfo)
  const infos = info && attributesOf(info)
  const kind = infos?.get(infoKind)
  const masterKind = infos?.get(infoMasterKind)
  const index = payload.getInt32(4, littleEndian)
  const linkNetns = number(attribute.linkNetns)
  // Before Linux 5.13 (feadc4b6cf42) the kernel left out an index that equals the interface's own, if it was in another namespace.
  const link = number(attribute.link) ?? (linkNetns === undefined ? undefined : index)
  // Tunnels that do not run on a particular interface report 0.
  const hasLink = link !== undefined && link !== 0
  const master = number(attribute.master)
  const address = attributes.get(attribute.address)
  const statistics = attributes.get(attribute.statistics)
  return {
    name: textOf(name),
    index,
    ...(kind && { kind: textOf(kind) }),
    ...(hasLink && { link: { index: link, ...(linkNetns !== undefined && { netns: linkNetns }) } }),
    ...(master !== undefined && { master, ...(masterKind && { masterKind: textOf(masterKind) }) }),
    up: (flags & flag.up) !== 0,
    running: (flags & flag.running) !== 0,
    loopback: (flags & flag.loopback) !== 0,
    linkType: payload.getUint16(2, littleEndian),
    ...(address && address.byteLength > 0 && { address: linkAddressText(address, 0, address.byteLength) }),
    mtu: number(attribute.mtu) ?? 0,
    alternativeNames: alternativeNames(attributes.get(attribute.properties)),
    ...(statistics && { statistics: statisticsOf(statistics) }),
  }
}

function numberOf(view: DataView | undefined): number | undefined {
  if (view !== undefined && view.byteLength < 4) throw malformed('attribute', view.byteLength)
  return view?.getUint32(0, littleEndian)
}

function alternativeNames(properties: DataView | undefined): string[] {
  if (properties === undefined) return []
  return [...eachAttribute(properties)].flatMap(([type, value]) =>
    type === attribute.alternativeName ? [textOf(value)] : [],
  )
}

function statisticsOf(view: DataView): InterfaceStatistics {
  if (view.byteLength < 64) throw malformed('attribute', view.byteLength)
  const at = (index: number) => view.getBigUint64(8 * index, littleEndian)
  return {
    rxPackets: at(0),
    txPackets: at(1),
    rxBytes: at(2),
    txBytes: at(3),
    rxErrors: at(4),
    txErrors: at(5),
    rxDropped: at(6),
    txDropped: at(7),
  }
}
