import type { Connection } from '../tcp/connection.js'
import type { RetransmitSnapshot } from '../tcp/retransmit.js'

/** Sums over sk_buffs as a TC hook sees them. */
export interface Counts {
  /** sk_buffs: what an interface's packet counters count; before segmentation on the way out, after GRO on the way in. */
  readonly packets: number
  /** Bytes of these sk_buffs, link-layer header included: what an interface's byte counters count. */
  readonly bytes: number
  /** Segments on the wire that they stand for (`gso_segs`). */
  readonly segments: number
}

/** What a packet says of itself, wherever it is seen. */
export interface FlowTuple {
  readonly sourceAddress: string
  /** 0 for a protocol without ports; of ICMP the identifier of an echo. */
  readonly sourcePort: number
  readonly destinationAddress: string
  /** Of ICMP 256 × type + code, as IPFIX has it (element 32, icmpTypeCodeIPv4). */
  readonly destinationPort: number
  /** IANA protocol number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6. */
  readonly protocol: number
  readonly ipVersion: 4 | 6
  /** Fragments whose first one was not seen: their ports, here 0, or what kind of ICMP they are, is not known. */
  readonly orphan?: true
  /** Only of ICMP and ICMPv6. */
  readonly icmp?: { readonly type: number; readonly code: number }
  /** With `tunnels: 'inner'`: what the packet was found in, and VXLAN's or Geneve's network identifier or GRE's key. */
  readonly tunnel?: { readonly type: Tunnel; readonly id: number }
}

/** One 5-tuple in one direction at one interface, in one interval. */
export interface Flow extends Counts, FlowTuple {
  /** The two outermost VLANs, 802.1Q or 802.1ad, in the frame or beside it; absent where there is none. */
  readonly vlans?: readonly number[]
  readonly direction: 'ingress' | 'egress'
  /** The interface's name, and its index where it has none any more. */
  readonly interface: string
  /** The file of the interface's network namespace; absent where `netns` was not given. */
  readonly netns?: string
  /**
   * Not in `totals`: another record counts the same packets. That is so only where they provably come from, or go to, the place of that
   * record: through a pair, through what an interface runs on or is a port of, or forwarded by the namespace. Of these places the one that
   * saw the flow first counts, for as long as it sees it. Never so of a source that has no address yet (`::`, `0.0.0.0`).
   */
  readonly duplicate: boolean
  /** IP packets' own lengths: `bytes` without link-layer headers and padding. */
  readonly ipBytes: number
  /** `bytes` as segments: with the headers that each has after segmentation, or had before GRO. */
  readonly wireBytes: number
  /** Every TCP flag that was set on any of the packets, a bit each as in the header (FIN 1 … CWR 128). */
  readonly tcpFlags: number
  /** Packets with SYN and without ACK, with both, with FIN and with RST. */
  readonly syns: number
  readonly synAcks: number
  readonly fins: number
  readonly resets: number
  /** Who opened the TCP connection: by a SYN that was seen, or a local listening socket. */
  readonly opener: 'source' | 'destination' | 'unknown'
  /** The least and the greatest TTL, or hop limit. */
  readonly ttl: { readonly minimum: number; readonly maximum: number }
  /** The latest packet's DSCP. */
  readonly dscp: number
  /** Packets that a router has marked Congestion Experienced (RFC 3168). */
  readonly ceMarks: number
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  readonly lastSeen: number
  /** With the option `sockets`: what the socket that sends this has to tell of about the same interval. Absent where it is elsewhere. */
  readonly socket?: Connection
}

/** IP in IP of either version is `ipip`. */
export type Tunnel = 'ipip' | 'gre' | 'vxlan' | 'geneve'

/**
 * What one direction of one interface saw: `packets` and `bytes` are what the interface itself counts, but for a bridge, which counts
 * what it receives without the link-layer header. An interface `0` stands for those beyond 2,000 at once, as far as they have packets that are
 * not part of a flow.
 */
export interface InterfaceCounts extends Counts, Unfiled {
  readonly interface: string
  readonly netns?: string
  readonly direction: 'ingress' | 'egress'
}

/** What is not part of a flow, by reason. */
export interface Unfiled {
  /** ARP, LLDP and whatever else is not IP. */
  readonly nonIp: Counts
  /** Packets whose headers are cut short or contradict themselves. */
  readonly malformed: Counts
  /** What found the flow table full. */
  readonly lost: Counts
  /** What `filter` does not ask for. */
  readonly filtered: Counts
  /** What `sampling` passed over. */
  readonly unsampled: Counts
}

/** An interface whose packets were not counted, or not all. */
export interface UnwatchedInterface {
  /** `*` where all of the namespace are meant. */
  readonly interface: string
  readonly netns?: string
  /**
   * That it came and went too fast, that packets came before the programs were on it, that somebody took them off or put others before
   * them, that its namespace is gone, or what the kernel said when the programs were to be attached.
   */
  readonly reason: string
  /**
   * How many packets were not counted, by the interface's own counters: of one that is gone all that it ever received and sent, where the
   * kernel told; of a new one those before the programs. Of a veth that is gone the kernel reports only what was sent.
   */
  readonly packets?: number
}

/** What the hooks saw in one interval. Every packet is in exactly one flow record or in one of the counts beside them. */
export interface FlowSnapshot extends Unfiled {
  /** Milliseconds since 1970: the end by the wall clock, the start before it by what the monotonic clock measured in between. */
  readonly start: number
  readonly end: number
  readonly flows: Flow[]
  /** Every flow once, whatever the number of interfaces that saw it, and what is not part of one but may be: `nonIp`, `malformed`, `lost`. */
  readonly totals: Counts
  /** Each direction of each interface, equal to what the interface counted. */
  readonly interfaces: InterfaceCounts[]
  /**
   * What found the flow table full, exactly, and about how many flows that was; one that is refused while a snapshot is taken may be
   * in the next one's number.
   */
  readonly lost: Counts & { readonly flows: number }
  /** How full the table was at the end of the interval, and how many packets found it full. */
  readonly table: { readonly entries: number; readonly maxEntries: number; readonly refusals: number }
  /**
   * Interfaces that `interfaces` means and that were not watched, or not all the time. One that comes is watched some milliseconds after it
   * was made, and before it is set up as a rule; of many that come at once the last waits longer, because the kernel attaches one after the
   * other. A namespace that is gone is in every snapshot from then on.
   */
  readonly unwatched: UnwatchedInterface[]
  /** With the option `sockets`: all that its monitor saw, of connections that no watched interface carried, too. */
  readonly sockets?: RetransmitSnapshot
  /** Present with `sampling`: one packet in so many is in `flows`, by chance. */
  readonly sampling?: number
}
