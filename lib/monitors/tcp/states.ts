import { requireNumber } from '../../arguments.js'

/** Names of the bits of the TCP header's flags byte, by bit number (RFC 9293 section 3.1). */
export const tcpFlagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const

/** The names of the flags that are set: `['SYN', 'ACK']`. */
export function tcpFlags(flags: number): string[] {
  requireNumber(flags, 'flags')
  return tcpFlagNames.filter((_, bit) => flags & (1 << bit))
}

/** States of a TCP socket, by their number in include/net/tcp_states.h. */
export const tcpStates = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
  'BOUND_INACTIVE',
] as const

/** A name in `tcpStates`. */
export type TcpState = (typeof tcpStates)[number]

export function tcpState(state: number): TcpState {
  return tcpStates[state] ?? 'UNKNOWN'
}
