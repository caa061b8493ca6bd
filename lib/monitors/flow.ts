/** Sums over sk_buffs as a TC hook sees them. */
export interface Counts {
  /** sk_buffs: what an interface's packet counters count; before segmentation on the way out, after GRO on the way in. */
  readonly packets: number
  /** Bytes of these sk_buffs, link-layer header included: what an interface's byte counters count. */
  readonly bytes: number
  /** Segments on the wire that they stand for (`gso_segs`). */
  readonly segments: number
}

/** One 5-tuple in one direction at one interface, in one interval. */
export interface Flow extends Counts {
  readonly sourceAddress: string
  /** 0 for a protocol without ports. */
  readonly sourcePort: number
  readonly destinationAddress: string
  readonly destinationPort: number
  /** IANA protocol number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6. */
  readonly protocol: number
  readonly ipVersion: 4 | 6
  readonly direction: 'ingress' | 'egress'
  /** The interface's name, and its index where it has none any more. */
  readonly interface: string
  /** Every TCP flag that was set on any of the packets, a bit each as in the header (FIN 1 … CWR 128). */
  readonly tcpFlags: number
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  readonly lastSeen: number
}

/** What the hooks saw in one interval. `totals` is the sum of all the rest, and equals what the interfaces counted. */
export interface FlowSnapshot {
  /** Milliseconds since 1970. */
  readonly start: number
  readonly end: number
  readonly flows: Flow[]
  readonly totals: Counts
  /** ARP, LLDP and whatever else is not IP. */
  readonly nonIp: Counts
  /** Packets whose headers are cut short or contradict themselves. */
  readonly malformed: Counts
  /**
   * What found the flow table full, exactly, and about how many flows that was; one that is refused while a snapshot is taken may be
   * in the next one's number.
   */
  readonly lost: Counts & { readonly flows: number }
  /** How full the table was at the end of the interval. */
  readonly table: { readonly entries: number; readonly maxEntries: number }
}
