import type { ConnectionKey } from './connection-key.js'
import type { Retransmitted, RoundTripTime } from './retransmit.js'
import type { TcpState } from './states.js'

/** How much the sockets' own counters grew in an interval. */
export interface SocketCounts {
  /** Segments with and without payload, including retransmitted ones (`retransmitted.segments` of a connection). */
  readonly segmentsSent: number
  /** Segments with payload. */
  readonly dataSegmentsSent: number
  readonly segmentsReceived: number
  /** Bytes of TCP payload, including retransmitted ones (`retransmitted.bytes` of a connection). */
  readonly bytesSent: number
  /** Sequence numbers that the peer acknowledged: payload, plus 1 each for the SYN and the FIN (RFC 4898). */
  readonly bytesAcked: number
  /** Sequence numbers received in order: payload, plus 1 for the FIN. */
  readonly bytesReceived: number
}

/** Who owns a socket, and when it was opened and closed. Times are milliseconds since 1970; what is unknown is absent. */
export interface SocketFacts {
  /** Which end sent the first SYN; `unknown` if the connection is older than the monitor. */
  readonly opener: 'local' | 'remote' | 'unknown'
  /** When the first SYN was sent or, if the remote end opened the connection, when its handshake was complete. */
  readonly openedAt?: number
  /** When the connection became ESTABLISHED. */
  readonly establishedAt?: number
  /** When the connection was closed. */
  readonly closedAt?: number
  /** The state in which it was closed. `Tcp: EstabResets` counts ESTABLISHED and CLOSE_WAIT. */
  readonly closedFrom?: TcpState
  /** Milliseconds from `openedAt` to `closedAt`, or to when the connection was last seen. */
  readonly duration?: number
  /**
   * The process that has the socket among its open files, or was the last to have it, as `ss -p` shows it: its pid in the initial pid
   * namespace. Absent if no process has accepted the connection yet, if the kernel owns it, or if no process is known for certain.
   */
  readonly pid?: number
  /** The name of that process (not of one of its threads): /proc/PID/comm. */
  readonly command?: string
  /** The cgroup v2 in which the socket was created: its id (the inode number of its directory), and its path below the mount. */
  readonly cgroup?: { readonly id: number; readonly path?: string }
}

/** Everything that happened to a TCP connection in one interval. */
export interface Connection extends ConnectionKey, SocketCounts, SocketFacts {
  /** What the connection retransmitted: all zero if nothing. */
  readonly retransmitted: Retransmitted
  /** The latest round-trip times; absent until one was measured. */
  readonly rtt?: RoundTripTime
  /** The socket's latest state. */
  readonly state: TcpState
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  readonly lastSeen: number
  readonly resetsSent: number
  readonly resetsReceived: number
  /** Why resets were sent: enum sk_rst_reason without its prefix. Absent if none were sent, and before Linux 6.11. */
  readonly resetReasons?: Readonly<Record<string, number>>
  /** Packets of either direction that the kernel dropped, by reason, as in `Drop`. Only with the option `drops`. */
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
  /** The namespace in which they were dropped; absent if the packets no longer showed it. */
  readonly netns?: number
  /** enum skb_drop_reason without its prefix, `NO_SOCKET`; `unknown` before Linux 5.17. */
  readonly reason: string
  /** Packets as the kernel holds them: one may contain many segments. */
  readonly packets: number
  readonly segments: number
  /** Bytes from the IP header on. */
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  readonly lastSeen: number
}
