import type { SocketSnapshot } from './connection.js'
import type { TcpState } from './states.js'

export interface RetransmitCounts {
  /** Retransmissions as the kernel makes them: one may send many segments at once. */
  readonly events: number
  /** Segments on the wire: what `Tcp: RetransSegs` in /proc/net/snmp counts. */
  readonly segments: number
  /** Bytes of TCP payload. */
  readonly bytes: number
}

/** In microseconds, as the kernel's TCP estimates them. */
export interface RoundTripTime {
  /** RFC 6298's SRTT. */
  readonly smoothed: number
  /** The least of the last minutes: sysctl net.ipv4.tcp_min_rtt_wlen, 300 seconds by default. */
  readonly minimum?: number
}

/** The retransmissions of one connection in one interval. */
export interface Retransmit extends RetransmitCounts {
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly ipVersion: 4 | 6
  /** The socket's network namespace: the inode number of its file, as `readlink /proc/PID/ns/net` shows it. */
  readonly netns: number
  /** Index of the interface or VRF that the socket is bound to; absent where it is bound to none. */
  readonly interfaceIndex?: number
  /** How many of `segments` were SYNs of a connection that this end opens. */
  readonly syns: number
  /** How many of `events` sent a SYN-ACK again. */
  readonly synAcks: number
  /**
   * How many of `events` were tail loss probes (RFC 8985) that sent the last segment again. The kernel's `TCPLossProbes` counts besides
   * those that could send new data instead, which are no retransmissions.
   */
  readonly tailLossProbes: number
  /** Round-trip times at the last of them, in microseconds; absent until one was measured, and of SYN-ACKs. */
  readonly rtt?: RoundTripTime
  /** The socket's state at the last of them. */
  readonly state: TcpState
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  readonly lastSeen: number
}

/** `totals` is the sum of `retransmits` and `lost`, and equals what the kernel counted. */
export interface RetransmitSnapshot {
  /** Milliseconds since 1970: the end by the wall clock, the start before it by what the monotonic clock measured in between. */
  readonly start: number
  readonly end: number
  readonly retransmits: Retransmit[]
  readonly totals: RetransmitCounts
  /** What found the table full. */
  readonly lost: RetransmitCounts
  readonly table: { readonly entries: number; readonly maxEntries: number }
  /** All connections, and drops, with the options `connections` and `drops`. */
  readonly sockets?: SocketSnapshot
}
