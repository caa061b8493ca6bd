import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'
import { memberOffsets, u64 } from '../shared/fields.js'
import type { CgroupPaths } from './cgroup-paths.js'
import type { ConnectionKey, Drop, SocketFacts } from './connection.js'
import { dropReason, resetReason } from './reasons.js'
import type { RoundTripTime } from './retransmit.js'
import { roundTripTime } from './retransmit-decoder.js'
import { factsReader, keyReader } from './socket-decoder.js'
import { type TcpState, tcpState } from './states.js'

/** What the events of a connection have in common. */
export interface OfConnection extends ConnectionKey, SocketFacts {
  /** Milliseconds since 1970, by the clocks as they were when the stream was opened. */
  readonly time: number
  /** The socket's state before the event. */
  readonly state: TcpState
  readonly rtt?: RoundTripTime
}

/**
 * A SYN was sent; of a connection that the remote end opens, its handshake is complete. The kernel tells of a socket that connects
 * before it has its port: so the event comes later than its `time`, with the answer to the SYN or with the SYN that is sent again.
 */
export interface OpenedEvent extends OfConnection {
  readonly type: 'opened'
}

export interface EstablishedEvent extends OfConnection {
  readonly type: 'established'
}

export interface ClosedEvent extends OfConnection {
  readonly type: 'closed'
}

export interface RetransmittedEvent extends OfConnection {
  readonly type: 'retransmitted'
  readonly kind: 'data' | 'syn' | 'syn-ack' | 'tail-loss-probe'
  /** One event may send many. */
  readonly segments: number
  /** Of TCP payload. */
  readonly bytes: number
}

export interface ResetEvent extends OfConnection {
  readonly type: 'reset'
  readonly direction: 'sent' | 'received'
  /** Of one that was sent: enum sk_rst_reason without its prefix. Absent before Linux 6.11. */
  readonly reason?: string
}

/** The kernel dropped a TCP or UDP packet. */
export interface DroppedEvent extends Omit<Drop, 'packets' | 'firstSeen' | 'lastSeen'> {
  readonly type: 'dropped'
  readonly time: number
}

/** Events found the ring full: so many are missing before the next one. */
export interface LostEvent {
  readonly type: 'lost'
  readonly count: number
}

export type ConnectionEvent =
  | OpenedEvent
  | EstablishedEvent
  | ClosedEvent
  | RetransmittedEvent
  | ResetEvent
  | DroppedEvent
  | LostEvent

export type ConnectionEventType = Exclude<ConnectionEvent['type'], 'lost'>

/** enum socket_event_type of bpf/socket.h, in its order. */
export const eventTypes = ['opened', 'established', 'closed', 'retransmitted', 'reset', 'reset', 'dropped'] as const
const resetReceived = 5

// enum retransmit_kind of bpf/connection.h
const retransmitKinds = ['data', 'syn', 'syn-ack', 'tail-loss-probe'] as const

export type EventReader = (record: Uint8Array, time: (ktime: number) => number) => ConnectionEvent

/** Reads a struct socket_event. */
export function eventReader(btf: Btf, cgroups: CgroupPaths): EventReader {
  const readKey = keyReader(btf)
  const readFacts = factsReader(btf, cgroups)
  const event = memberOffsets(btf, 'socket_event') as Record<EventMember, number>
  return (record, time) => {
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
    const u32 = (member: EventMember) => view.getUint32(event[member], littleEndian)
    const number = u32('type')
    const type = eventTypes[number]
    if (type === undefined) throw new RangeError(`the socket program wrote an event of type ${number}`)
    const ktime = u64(view, event.time)
    const key = readKey(view, event.connection)
    const amount = { segments: u32('segments'), bytes: u32('bytes') }
    if (type === 'dropped') {
      const protocol = view.getUint8(event.protocol) === 6 ? 'tcp' : 'udp'
      return { type, time: time(ktime), ...packetOf(key), protocol, ...reasonOf(dropReason, u32('reason')), ...amount }
    }
    const common = {
      time: time(ktime),
      ...key,
      ...readFacts(view, event.facts, ktime, time),
      state: tcpState(view.getUint8(event.state)),
      ...roundTripTime(view, event.srtt_us, event.min_rtt_us),
    }
    if (type === 'retransmitted') {
      return { type, ...common, kind: retransmitKinds[view.getUint8(event.kind)] ?? 'data', ...amount }
    }
    if (type !== 'reset') return { type, ...common }
    if (number === resetReceived) return { type, ...common, direction: 'received' }
    const reason = resetReason(u32('reason'))
    return { type, ...common, direction: 'sent', ...(reason !== undefined && { reason }) }
  }
}

const reasonOf = (name: typeof dropReason, reason: number) => ({ reason: name(reason) ?? 'unknown' })

/** Of a packet the local end is the source. */
function packetOf(key: ConnectionKey) {
  return {
    sourceAddress: key.localAddress,
    sourcePort: key.localPort,
    destinationAddress: key.remoteAddress,
    destinationPort: key.remotePort,
    ipVersion: key.ipVersion,
    ...(key.netns > 0 && { netns: key.netns }),
  }
}

type EventMember =
  | 'time'
  | 'facts'
  | 'connection'
  | 'type'
  | 'reason'
  | 'segments'
  | 'bytes'
  | 'srtt_us'
  | 'min_rtt_us'
  | 'state'
  | 'protocol'
  | 'kind'
