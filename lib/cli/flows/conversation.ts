import { plus, zero } from '../../monitors/flows/counts.js'
import type { Counts, Flow } from '../../monitors/flows/flow.js'
import type { JoinedFlow } from '../../monitors/flows/join.js'
import type { Connection } from '../../monitors/tcp/connection.js'
import { addSockets } from './flow-record.js'

/** A joined flow, as the table adds it up over the intervals. */
export interface Conversation extends Counts, Pick<JoinedFlow, 'protocol' | 'tunnel' | 'opener'> {
  /** The opener or, if that is unknown, the end that was seen sending first. */
  readonly source: End
  readonly destination: End
  /** Sent by the source. */
  readonly sent: Counts
  readonly received: Counts
  readonly tcpFlags: number
  readonly interfaces: readonly string[]
  /** The socket of the end on this machine; of the source if both ends are. */
  readonly socket?: Connection
}

interface End {
  readonly address: string
  readonly port: number
}

export function conversationOf(joined: JoinedFlow): Conversation {
  const { protocol, tunnel, opener, icmp, packets, bytes, segments, forward, reverse } = joined
  return {
    protocol,
    ...(tunnel && { tunnel }),
    opener,
    packets,
    bytes,
    segments,
    source: { address: joined.sourceAddress, port: joined.sourcePort },
    // For ICMP the destination port is the type of message, and a reply has another type.
    destination: { address: joined.destinationAddress, port: icmp ? joined.sourcePort : joined.destinationPort },
    sent: forward.reduce<Counts>(plus, zero),
    received: reverse.reduce<Counts>(plus, zero),
    ...seen([...forward, ...reverse]),
  }
}

function seen(flows: readonly Flow[]) {
  const socket = flows.find((flow) => flow.socket)?.socket
  return {
    tcpFlags: flows.reduce((all, { tcpFlags }) => all | tcpFlags, 0),
    interfaces: [...new Set(flows.map((flow) => flow.interface))],
    ...(socket && { socket }),
  }
}

/** Independent of which end is the source. */
export function conversationKey({ protocol, tunnel, source, destination }: Conversation): string {
  const ends = [source, destination].map(({ address, port }) => `${address} ${port}`).sort()
  return `${protocol} ${tunnel ? `${tunnel.type} ${tunnel.id}` : ''} ${ends.join(' ')}`
}

/** Adds two intervals of one conversation. */
export function addConversation(a: Conversation, b: Conversation): Conversation {
  // If only one of them knows the opener, that one knows which end is the source.
  const [known, other] = a.opener === 'unknown' && b.opener !== 'unknown' ? [b, a] : [a, b]
  const same = known.source.address === other.source.address && known.source.port === other.source.port
  const socket = addSockets(a.socket, b.socket)
  return {
    ...known,
    ...plus(a, b),
    ...(socket && { socket }),
    sent: plus(known.sent, same ? other.sent : other.received),
    received: plus(known.received, same ? other.received : other.sent),
    tcpFlags: a.tcpFlags | b.tcpFlags,
    interfaces: [...new Set([...a.interfaces, ...b.interfaces])],
  }
}
