import type { Connection } from '../tcp/connection.js'
import type { TcpSnapshot } from '../tcp/tcp-snapshot.js'

/** Sums over sk_buffs as a TC hook sees them. */
export interface Counts {
  /** sk_buffs, as an interface's packet counters count them: before segmentation on the way out, after GRO on the way in. */
  readonly packets: number
  /** Bytes of these sk_buffs, link-layer header included, as an interface's byte counters count them. */
  readonly bytes: number
  /** Segments on the wire that these sk_buffs stand for (`gso_segs`). */
  readonly segments: number
}

/** What a packet's own headers say, wherever it is seen. */
export interface FlowTuple {
  readonly sourceAddress: string
  /** 0 for a protocol without ports; for ICMP, the identifier of an echo. */
  readonly sourcePort: number
  readonly destinationAddress: string
  /** For ICMP: 256 × type + code, as in IPFIX (element 32, icmpTypeCodeIPv4). */
  readonly destinationPort: number
  /** IANA protocol number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6. */
  readonly protocol: number
  readonly ipVersion: 4 | 6
  /** Set for fragments whose first one was not seen: their ports (0 here) or their ICMP type are unknown. */
  readonly orphan?: true
  /** Only for ICMP and ICMPv6. */
  readonly icmp?: { readonly type: number; readonly code: number }
  /** With `tunnels: 'inner'`: the tunnel around the packet, and the network identifier of VXLAN or Geneve, or the key of GRE. */
  readonly tunnel?: { readonly type: Tunnel; readonly id: number }
}

/** One 5-tuple in one direction at one interface, in one interval. */
export interface Flow extends Counts, FlowTuple {
  /** The two outermost VLAN ids, 802.1Q or 802.1ad, whether in the frame or beside it; absent without a VLAN. */
  readonly vlans?: readonly number[]
  /** As the interface sees it: `ingress` is received, `egress` is sent. With `perspective: 'peer'` some interfaces are reversed. */
  readonly direction: 'ingress' | 'egress'
  /** The interface's name, or its index if it no longer has a name. */
  readonly interface: string
  /** The file of the interface's network namespace; absent if the option `netns` was not given. */
  readonly netns?: string
  /**
   * The flow is not in `totals`, because another record counts the same packets. Only set if the packets provably come from, or go to,
   * the hook of that record: through an interface pair, through a lower interface or a port, or forwarded by the namespace. Of these hooks,
   * the one that saw the flow first counts it, for as long as it sees it. Never set for a source without an address yet (`::`, `0.0.0.0`).
   */
  readonly duplicate: boolean
  /** Length of the IP packets themselves: `bytes` without link-layer headers and padding. */
  readonly ipBytes: number
  /** `bytes` as segments: with the headers that each segment has after segmentation, or had before GRO. */
  readonly wireBytes: number
  /** Every TCP flag that was set on any of the packets, one bit each as in the header (FIN 1 … CWR 128). */
  readonly tcpFlags: number
  /** Packets with SYN but without ACK. */
  readonly syns: number
  /** Packets with SYN and ACK. */
  readonly synAcks: number
  /** Packets with FIN. */
  readonly fins: number
  /** Packets with RST. */
  readonly resets: number
  /** Which end opened the TCP connection, known from a SYN that was seen or from a local listening socket. */
  readonly opener: 'source' | 'destination' | 'unknown'
  /** The smallest and the largest TTL (or hop limit). */
  readonly ttl: { readonly minimum: number; readonly maximum: number }
  /** DSCP of the latest packet. */
  readonly dscp: number
  /** Packets that a router marked Congestion Experienced (RFC 3168). */
  readonly ceMarks: number
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  /** Milliseconds since 1970. */
  readonly lastSeen: number
  /** With the option `sockets`: the sending socket's data for the same interval. Absent unless it provably sends the flow. */
  readonly socket?: Connection
}

/** `ipip` is IP in IP of either version. */
export type Tunnel = 'ipip' | 'gre' | 'vxlan' | 'geneve'

/**
 * What one direction of one interface saw. `packets` and `bytes` equal the interface's own counters, except for a bridge, which counts
 * what it receives without the link-layer header. Interface `0` stands for all interfaces beyond 2,000 at once; it has only those of their
 * packets that are not part of a flow.
 */
export interface InterfaceCounts extends Counts, Unfiled {
  readonly interface: string
  readonly netns?: string
  readonly direction: 'ingress' | 'egress'
}

/** Packets that are not part of a flow, by reason. */
export interface Unfiled {
  /** ARP, LLDP and everything else that is not IP. */
  readonly nonIp: Counts
  /** Packets whose headers are truncated or inconsistent. */
  readonly malformed: Counts
  /** Packets that found the flow table full. */
  readonly lost: Counts
  /** Packets that `filter` does not select. */
  readonly filtered: Counts
  /** Packets that `sampling` skipped. */
  readonly unsampled: Counts
}

/** An interface whose packets were not counted, or not all of them. */
export interface UnwatchedInterface {
  /** `*` if all interfaces of the namespace are meant. */
  readonly interface: string
  readonly netns?: string
  /**
   * Why: it came and went too fast, packets came before the programs were on it, somebody took the programs off or put others before them,
   * its namespace is gone, or the error with which the kernel refused to attach the programs.
   */
  readonly reason: string
  /**
   * How many packets were not counted, by the interface's own counters. For an interface that is gone: everything it ever received and
   * sent, if the kernel reported it (for a veth that is gone, it reports only what was sent). For a new one: packets before the programs.
   */
  readonly packets?: number
}

/** What the hooks saw in one interval. Every packet is in exactly one flow record or in one of the counts beside them. */
export interface FlowSnapshot extends Unfiled {
  /** When the interval began: `end` minus its length by the monotonic clock, in milliseconds since 1970. */
  readonly start: number
  /** When the interval ended: milliseconds since 1970, by the wall clock. */
  readonly end: number
  /** One record per 5-tuple, direction and interface, for all flows that had packets in the interval. */
  readonly flows: Flow[]
  /** Every flow once, however many interfaces saw it, plus the packets in `nonIp`, `malformed` and `lost`. */
  readonly totals: Counts
  /** Each direction of each interface, equal to the interface's own counters. */
  readonly interfaces: InterfaceCounts[]
  /**
   * Packets that found the flow table full (exact), and about how many flows they belonged to. A flow that is lost while a snapshot is
   * taken may be counted in the next one's `flows`.
   */
  readonly lost: Counts & { readonly flows: number }
  /** How full the table was at the end of the interval, and how many packets found it full. */
  readonly table: { readonly entries: number; readonly maxEntries: number; readonly refusals: number }
  /**
   * Interfaces that `interfaces` selects but that were not watched, or not all the time. A new interface is watched some milliseconds after
   * it was created, usually before it is set up. If many come at once, the last waits longer, because the kernel attaches one after the
   * other. A namespace that is gone is in every snapshot from then on.
   */
  readonly unwatched: UnwatchedInterface[]
  /** With the option `sockets`: the full snapshot of the TCP monitor, including connections that no watched interface carried. */
  readonly tcp?: TcpSnapshot
  /** Present with `sampling`: `flows` has, on average, one packet in this many, picked at random. */
  readonly sampling?: number
}
