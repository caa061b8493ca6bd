import type { Connection, Drop, SocketCounts } from './connection.js'
import type { Retransmit, RetransmitCounts } from './retransmit.js'

/** The retransmissions of one interval. `totals` is the sum of `retransmits` and `lost`, and equals what the kernel counted. */
export interface TcpSnapshot {
  /** When the interval began: `end` minus its length by the monotonic clock, in milliseconds since 1970. */
  readonly start: number
  /** When the interval ended: milliseconds since 1970, by the wall clock. */
  readonly end: number
  /** One entry per connection that retransmitted in the interval. */
  readonly retransmits: Retransmit[]
  readonly totals: RetransmitCounts
  /** Retransmissions that found the table full. */
  readonly lost: RetransmitCounts
  /** How full the table was at the end of the interval. */
  readonly table: { readonly entries: number; readonly maxEntries: number }
  /** All connections, and drops, with the options `connections` and `drops`. */
  readonly sockets?: SocketSnapshot
}

/** Sums over all connections in the interval. */
export interface SocketTotals extends SocketCounts {
  /** `Tcp: ActiveOpens`: connections that this end opened. */
  readonly openedLocally: number
  /** `Tcp: PassiveOpens`: connections that the remote end opened and completed. */
  readonly openedRemotely: number
  readonly established: number
  readonly closed: number
  /** `Tcp: EstabResets`: closed from ESTABLISHED or CLOSE_WAIT. */
  readonly aborted: number
  /** `Tcp: OutRsts`; before Linux 6.10 only resets that a socket sent. */
  readonly resetsSent: number
  readonly resetsReceived: number
}

/** What happened to the followed sockets in one interval. */
export interface SocketSnapshot {
  /** Connections to which anything happened in the interval. Empty without the option `connections`. */
  readonly connections: Connection[]
  /** Dropped packets. Empty without the option `drops`. */
  readonly drops: Drop[]
  /**
   * With the option `drops`: TCP packets that the kernel freed as if it dropped them, although nothing was lost. They are not in `drops`: a
   * FIN that came after the process had closed, data that had already arrived, probes, and packets that a socket in TIME_WAIT answered.
   */
  readonly discarded: number
  readonly totals: SocketTotals
  readonly lost: {
    /**
     * Connections beyond `maxSockets`, about which nothing is known, and updates that found all `maxEntries` rows taken: what those
     * sent is still in `totals`, what they opened and closed is not.
     */
    readonly connections: number
    /** Resets and dropped packets that found the table full. */
    readonly incidents: number
    /**
     * Dropped packets whose addresses or ports could not be read: malformed packets, and later fragments. With `netns`, those of that
     * namespace, as in `drops`; a packet that no longer shows its namespace is then in neither.
     */
    readonly unreadable: number
  }
  /** How full the tables were at the end of the interval. */
  readonly tables: {
    readonly connections: { readonly entries: number; readonly maxEntries: number }
    readonly incidents: { readonly entries: number; readonly maxEntries: number }
  }
}
