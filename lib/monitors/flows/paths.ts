import type { NetworkInterface } from '../../net/network-interface.js'

/** One direction of an interface in a namespace, with the kernel's description of the interface. */
export interface Hop {
  /** Equal numbers mean the same namespace. */
  readonly namespace: number
  readonly egress: boolean
  readonly info: NetworkInterface
}

/** What a path depends on besides the two hops. */
export interface Surroundings {
  /** The namespace that another one calls by this id (ip-netns(8)); undefined if it is not watched. */
  namespaceById(namespace: number, id: number): number | undefined
  /** An interface of a namespace, if it is watched. */
  interfaceOf(namespace: number, index: number): NetworkInterface | undefined
}

/**
 * Whether the packets of a flow that both `from` and `to` see are the same packets, reaching `to` by way of `from`. That holds from one
 * end of a pair to the other, through a lower interface or a port, and from the way into a namespace to the way out of it. Equal addresses
 * alone prove nothing: two links, or two namespaces, may use the same ones.
 *
 * `linkScoped` packets are forwarded by bridges only.
 */
export function leadsTo(from: Hop, to: Hop, linkScoped: boolean, surroundings: Surroundings): boolean {
  if (from.egress && !to.egress) return isPair(from, to, surroundings) || areSiblings(from, to, surroundings)
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

/**
 * Interfaces that share a lower one (macvlan, ipvlan) pass packets to each other, through its ingress or directly, or send them to the
 * switch and get them back.
 */
function areSiblings(from: Hop, to: Hop, surroundings: Surroundings): boolean {
  const lower = sharedLower(from, surroundings)
  if (lower === undefined) return false
  if (lower === idOf(to.namespace, to.info.index)) return true
  const isSame = from.namespace === to.namespace && from.info.index === to.info.index
  return !isSame && lower === sharedLower(to, surroundings)
}

function sharedLower({ namespace, info: { kind, link } }: Hop, surroundings: Surroundings): string | undefined {
  if (kind === undefined || !siblings.has(kind) || !link) return undefined
  const at = link.netns === undefined ? namespace : surroundings.namespaceById(namespace, link.netns)
  return at === undefined ? undefined : idOf(at, link.index)
}

const idOf = (namespace: number, index: number) => `${namespace} ${index}`

/** Whether `upper` runs on `lower`, as a VLAN does, or has it as a port. */
function isOn(upper: Hop, lower: Hop, surroundings: Surroundings): boolean {
  if (upper.namespace === lower.namespace && lower.info.master === upper.info.index) return true
  return !hasPeer(upper.info) && isLink(upper, lower, surroundings)
}

/** Whether `link` of the first hop names the other one's interface. */
function isLink({ namespace, info: { link } }: Hop, other: Hop, surroundings: Surroundings): boolean {
  if (link === undefined || link.index !== other.info.index) return false
  return (link.netns === undefined ? namespace : surroundings.namespaceById(namespace, link.netns)) === other.namespace
}

/** How deep the kernel lets interfaces be stacked (MAX_NEST_DEV). */
const deepest = 8

export const hasPeer = ({ kind }: NetworkInterface) => kind === 'veth' || kind === 'netkit'

const siblings = new Set(['macvlan', 'macvtap', 'ipvlan', 'ipvtap'])

const isPort = ({ master, masterKind }: NetworkInterface) => master !== undefined && masterKind === 'bridge'

/**
 * Whether the packets of a socket bound to the interface with that index pass the hop: on it, on a port of it, or on its lower interface.
 * Packets from an address of this namespace to itself pass loopback. Undefined if the known interfaces do not tell.
 */
export function carries({ namespace, info }: Hop, index: number, surroundings: Surroundings): boolean | undefined {
  if (info.loopback) return true
  const above = chain(namespace, info, ({ master }) => master, surroundings)
  if (above.has(index)) return true
  const bound = surroundings.interfaceOf(namespace, index)
  if (!bound) return undefined
  const below = chain(namespace, bound, lowerOf, surroundings)
  if ([...below].some((one) => above.has(one))) return true
  if (bound.kind !== 'vrf') return false
  // Which of its ports run on this interface is not looked up.
  return vrfOf({ namespace, egress: false, info }, surroundings) === 0 ? undefined : false
}

/** The indices of an interface, of the next one, and so on. */
function chain(
  namespace: number,
  first: NetworkInterface,
  next: (one: NetworkInterface) => number | undefined,
  surroundings: Surroundings,
): Set<number> {
  const indices = new Set<number>()
  for (let one: NetworkInterface | undefined = first; one && indices.size < deepest; ) {
    indices.add(one.index)
    const index = next(one)
    if (index === undefined) break
    indices.add(index)
    one = surroundings.interfaceOf(namespace, index)
  }
  return indices
}

/** What an interface runs on, in its own namespace. */
const lowerOf = (one: NetworkInterface) => (hasPeer(one) || one.link?.netns !== undefined ? undefined : one.link?.index)

/** The VRF that decides where packets of the interface are forwarded; 0 for none. It may be the VRF of a bridge above. */
export function vrfOf({ namespace, info }: Hop, surroundings: Surroundings): number {
  let one: NetworkInterface | undefined = info
  for (let depth = 0; one !== undefined && depth < deepest; depth++) {
    if (one.kind === 'vrf') return one.index
    if (one.master === undefined) return 0
    if (one.masterKind === 'vrf') return one.master
    one = surroundings.interfaceOf(namespace, one.master)
  }
  return 0
}
