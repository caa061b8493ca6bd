import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'
import { memberOffsets, u64 } from '../shared/fields.js'
import type { CgroupPaths } from './cgroup-paths.js'
import type { Drop, SocketFacts } from './connection.js'
import type { ConnectionKey } from './connection-key.js'
import { dropReason, resetReason } from './reasons.js'
import type { RoundTripTime } from './retransmit.js'
import { roundTripTime } from './retransmit-decoder.js'
import { factsReader, keyReader } from './socket-decoder.js'
import { type TcpState, tcpState } from './states.js'

/** What all events of a connection have in common. */
export interface OfConnection extends ConnectionKey, SocketFacts {
  /** Milliseconds since 1970; the wall clock is read once, when the stream is opened. */
  readonly time: number
  /** The socket's state before the event. */
  readonly state: TcpState
  readonly rtt?: RoundTripTime
}

/**
 * A SYN was sent or, if the remote end opens the connection, its handshake is complete. The kernel reports a connecting socket before it
 * has its port, so this event comes later than its `time`: with the answer to the SYN, or when the SYN is retransmitted.
 */
export interface OpenedEvent extends OfConnection {
  readonly type: 'opened'
}

/** The connection became ESTABLISHED. */
export interface EstablishedEvent extends OfConnection {
  readonly type: 'established'
}

/** The connection was closed. */
export interface ClosedEvent extends OfConnection {
  readonly type: 'closed'
}

/** TCP retransmitted segments of the connection. */
export interface RetransmittedEvent extends OfConnection {
  readonly type: 'retransmitted'
  /** What was retransmitted. A tail loss probe is described in RFC 8985. */
  readonly kind: 'data' | 'syn' | 'syn-ack' | 'tail-loss-probe'
  /** One event may retransmit many segments. */
  readonly segments: number
  /** Bytes of TCP payload. */
  readonly bytes: number
}

/** The connection was reset, by this end (`sent`) or by the remote end (`received`). */
export interface ResetEvent extends OfConnection {
  readonly type: 'reset'
  readonly direction: 'sent' | 'received'
  /** Why a reset was sent: enum sk_rst_reason without its prefix. Absent for received resets, and before Linux 6.11. */
  readonly reason?: string
}

/** The kernel dropped a TCP or UDP packet. */
export interface DroppedEvent extends Omit<Drop, 'packets' | 'firstSeen' | 'lastSeen'> {
  readonly type: 'dropped'
  /** Milliseconds since 1970. */
  readonly time: number
}

/** Events found the ring buffer full: `count` events are missing before the next one. */
export interface LostEvent {
  readonly type: 'lost'
  readonly count: number
}

/** Everything that `connectionEvents` yields, distinguished by `type`. */
export type ConnectionEvent =
  | OpenedEvent
  | EstablishedEvent
  | ClosedEvent
  | RetransmittedEvent
  | ResetEvent
  | DroppedEvent
  | LostEvent

/** The types of events that can be asked for; `lost` is always reported. */
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

/** For a packet, the local end of the key is the source. */
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
