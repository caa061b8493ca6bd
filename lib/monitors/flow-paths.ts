import type { NetworkInterface } from '../net/network-interface.js'

/** One direction of an interface of a namespace, with what the kernel says of the interface. */
export interface Hop {
  /** The same number for the same namespace. */
  readonly namespace: number
  readonly egress: boolean
  readonly info: NetworkInterface
}

/** What a path depends on besides the two hops. */
export interface Surroundings {
  /** The namespace that another one calls by this id (ip-netns(8)); undefined when it is none that is watched. */
  namespaceById(namespace: number, id: number): number | undefined
  /** An interface of a namespace, where it is watched. */
  interfaceOf(namespace: number, index: number): NetworkInterface | undefined
}

/**
 * Whether packets of one flow that `from` and `to` both see are the same packets: they reach `to` by way of `from`. That is so from one
 * end of a pair to the other, through what an interface runs on or is a port of, and from the way into a namespace to the way out of it.
 * Equal addresses alone prove nothing: two links, and two namespaces, may use the same ones.
 *
 * `linkScoped` packets are forwarded by bridges only.
 */
export function leadsTo(from: Hop, to: Hop, linkScoped: boolean, surroundings: Surroundings): boolean {
  if (from.egress && !to.egress) return isPair(from, to, surroundings)
  if (!from.egress && !to.egress) return isOn(to, from, surroundings)
  if (from.egress && to.egress) return isOn(from, to, surroundings)
  if (from.namespace !== to.namespace) return false
  if (linkScoped) return isPort(from.info) && from.info.master === to.info.master
  return vrfOf(from, surroundings) === vrfOf(to, surroundings)
}

const isPair = (from: Hop, to: Hop, surroundings: Surroundings): boolean =>
  from.info.loopback
    ? from.namespace === to.namespace && from.info.index === to.info.index
    : hasPeer(from.info) && (isLink(from, to, surroundings) || isLink(to, from, surroundings))

/** Whether `upper` runs on `lower`, as a VLAN does, or has it as a port. */
function isOn(upper: Hop, lower: Hop, surroundings: Surroundings): boolean {
  if (upper.namespace === lower.namespace && lower.info.master === upper.info.index) return true
  return !hasPeer(upper.info) && isLink(upper, lower, surroundings)
}

/** Whether that is what `link` of `one` names. */
function isLink({ namespace, info: { link } }: Hop, other: Hop, surroundings: Surroundings): boolean {
  if (link === undefined || link.index !== other.info.index) return false
  return (link.netns === undefined ? namespace : surroundings.namespaceById(namespace, link.netns)) === other.namespace
}

const hasPeer = ({ kind }: NetworkInterface) => kind === 'veth' || kind === 'netkit'

const isPort = ({ master, masterKind }: NetworkInterface) => master !== undefined && masterKind === 'bridge'

/** The VRF that decides where a packet of the interface is forwarded to; 0 for none. It may be that of a bridge above. */
function vrfOf({ namespace, info }: Hop, surroundings: Surroundings): number {
  let one: NetworkInterface | undefined = info
  // As deep as the kernel lets interfaces be stacked (MAX_NEST_DEV).
  for (let depth = 0; one !== undefined && depth < 8; depth++) {
    if (one.kind === 'vrf') return one.index
    if (one.master === undefined) return 0
    if (one.masterKind === 'vrf') return one.master
    one = surroundings.interfaceOf(namespace, one.master)
  }
  return 0
}
