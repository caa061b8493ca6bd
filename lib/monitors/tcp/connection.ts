import type { Retransmit } from './retransmit.js'
import type { TcpState } from './states.js'

/** What names a connection, by its local end. */
export interface ConnectionKey {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly ipVersion: 4 | 6
  /** The socket's network namespace: the inode number of its file, as `readlink /proc/PID/ns/net` shows it. */
  readonly netns: number
  /**
   * Index of the interface, or VRF, that the socket is bound to: by SO_BINDTODEVICE, or because its addresses are link-local. On another one
   * the same addresses and ports are another connection. Absent where it is bound to none.
   */
  readonly interfaceIndex?: number
}

/** What the sockets' own counters have grown by in an interval. */
export interface SocketCounts {
  /** Segments with and without payload, those sent again included: `Retransmit.segments` of them were. */
  readonly segmentsSent: number
  /** Segments with payload. */
  readonly dataSegmentsSent: number
  readonly segmentsReceived: number
  /** Bytes of TCP payload, those sent again included: `Retransmit.bytes` of them were. */
  readonly bytesSent: number
  /** Sequence numbers that the peer acknowledged: its payload, and 1 each for the SYN and the FIN (RFC 4898). */
  readonly bytesAcked: number
  /** Sequence numbers received in order: payload, and 1 for the FIN. */
  readonly bytesReceived: number
}

/** Whose a socket is and when what became of it. Times are milliseconds since 1970; what is unknown is absent. */
export interface SocketFacts {
  /** Who sent the first SYN; `unknown` of a connection that is older than the monitor. */
  readonly opener: 'local' | 'remote' | 'unknown'
  /** When the first SYN was sent; of a connection that the remote end opened, when its handshake was complete. */
  readonly openedAt?: number
  readonly establishedAt?: number
  readonly closedAt?: number
  /** The state in which it was closed: ESTABLISHED and CLOSE_WAIT are what `Tcp: EstabResets` counts. */
  readonly closedFrom?: TcpState
  /** Milliseconds from `openedAt` to `closedAt`, or to the last that was seen of it. */
  readonly duration?: number
  /**
   * The process that has the socket among its open files, or had it last, as `ss -p` shows it; its number in the initial pid namespace.
   * Absent when nobody has accepted the connection yet, when it is the kernel's own, and when no process is known for certain.
   */
  readonly pid?: number
  /** The name of that process, not of one of its threads: /proc/PID/comm. */
  readonly command?: string
  /** The cgroup v2 in which the socket was made: its id, the inode number of its directory, and the path below the mount. */
  readonly cgroup?: { readonly id: number; readonly path?: string }
}

/** All that happened to a TCP connection in one interval: what it sent again, as `Retransmit` tells it, and the rest. */
export interface Connection extends Retransmit, SocketCounts, SocketFacts {
  readonly resetsSent: number
  readonly resetsReceived: number
  /** Of the resets that were sent: enum sk_rst_reason without its prefix. Absent without such resets and before Linux 6.11. */
  readonly resetReasons?: Readonly<Record<string, number>>
  /** Packets of either direction that the kernel dropped, by reason, as in `Drop`. With the option `drops`. */
  readonly drops?: Readonly<Record<string, number>>
}

/** TCP or UDP packets that the kernel dropped in one interval, by addresses and reason. */
export interface Drop {
  readonly sourceAddress: string
  readonly sourcePort: number
  readonly destinationAddress: string
  readonly destinationPort: number
  readonly ipVersion: 4 | 6
  readonly protocol: 'tcp' | 'udp'
  /** The namespace in which it was dropped; absent when the packet no longer told. */
  readonly netns?: number
  /** enum skb_drop_reason without its prefix, `NO_SOCKET`; `unknown` before Linux 5.17. */
  readonly reason: string
  /** Packets as the kernel has them: one may hold many segments. */
  readonly packets: number
  readonly segments: number
  /** From the IP header on. */
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  readonly lastSeen: number
}

/** Of all connections in the interval. */
export interface SocketTotals extends SocketCounts {
  /** `Tcp: ActiveOpens`: connections that this end opened. */
  readonly openedLocally: number
  /** `Tcp: PassiveOpens`: connections that the remote end opened and completed. */
  readonly openedRemotely: number
  readonly established: number
  readonly closed: number
  /** `Tcp: EstabResets`: closed from ESTABLISHED or CLOSE_WAIT. */
  readonly aborted: number
  /** `Tcp: OutRsts`; before Linux 6.10 only those that a socket sent. */
  readonly resetsSent: number
  readonly resetsReceived: number
}

export interface SocketSnapshot {
  /** Those to which anything happened in the interval. With the option `connections`. */
  readonly connections: Connection[]
  /** With the option `drops`. */
  readonly drops: Drop[]
  /**
   * With the option `drops`: TCP packets that the kernel freed as if it dropped them, though nothing was lost. They are not in `drops`: a FIN
   * that came after the process had closed, data that was here already, probes, what a socket in TIME_WAIT has answered.
   */
  readonly discarded: number
  readonly totals: SocketTotals
  readonly lost: {
    /**
     * Connections beyond `maxSockets`, of which nothing is known, and updates that found `maxEntries` rows: what those sent is in `totals`
     * nevertheless, what they opened and closed is not.
     */
    readonly connections: number
    /** Resets, and dropped packets, that found the table full. */
    readonly incidents: number
    /**
     * Dropped packets whose addresses or ports could not be read: malformed ones, and later fragments. With `netns` those of that namespace,
     * as `drops` are: a packet that no longer tells its namespace is then in neither.
     */
    readonly unreadable: number
  }
  readonly tables: {
    readonly connections: { readonly entries: number; readonly maxEntries: number }
    readonly incidents: { readonly entries: number; readonly maxEntries: number }
  }
}
