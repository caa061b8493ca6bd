import type { ConnectionKey } from './connection-key.js'
import type { TcpState } from './states.js'

/** Retransmissions, in three units. */
export interface RetransmitCounts {
  /** Retransmissions as the kernel makes them: one may send many segments at once. */
  readonly events: number
  /** Segments on the wire, as `Tcp: RetransSegs` in /proc/net/snmp counts them. */
  readonly segments: number
  /** Bytes of TCP payload. */
  readonly bytes: number
}

/** Round-trip times in microseconds, as the kernel's TCP estimates them. */
export interface RoundTripTime {
  /** The smoothed round-trip time, SRTT in RFC 6298. */
  readonly smoothed: number
  /** The minimum of the last minutes (sysctl net.ipv4.tcp_min_rtt_wlen; the kernel's default is 300 seconds). */
  readonly minimum?: number
}

/** What one connection retransmitted in one interval. */
export interface Retransmitted extends RetransmitCounts {
  /** How many of `segments` were SYNs of a connection that this end opens. */
  readonly syns: number
  /** How many of `events` retransmitted a SYN-ACK. */
  readonly synAcks: number
  /**
   * How many of `events` were tail loss probes (RFC 8985) that retransmitted the last segment. The kernel's `TCPLossProbes` also counts
   * probes that could send new data instead, which are not retransmissions.
   */
  readonly tailLossProbes: number
}

/** The retransmissions of one connection in one interval. */
export interface Retransmit extends ConnectionKey, Retransmitted {
  /** Round-trip times at the last retransmission, in microseconds; absent until one was measured, and for SYN-ACKs. */
  readonly rtt?: RoundTripTime
  /** The socket's state at the last retransmission. */
  readonly state: TcpState
  /** Milliseconds since 1970. */
  readonly firstSeen: number
  /** Milliseconds since 1970. */
  readonly lastSeen: number
}
