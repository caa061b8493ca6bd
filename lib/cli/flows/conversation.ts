import { plus, zero } from '../../monitors/counts.js'
import type { Counts, Flow } from '../../monitors/flow.js'

/** Both directions of a connection, or of what looks like one. */
export interface Conversation extends Counts, Pick<Flow, 'protocol' | 'ipVersion' | 'tunnel' | 'tcpFlags'> {
  /** Who opened it; where that is `unknown`, the end with the greater port. */
  readonly clientAddress: string
  readonly clientPort: number
  readonly serverAddress: string
  readonly serverPort: number
  readonly opener: 'client' | 'unknown'
  /** By the client. */
  readonly sent: Counts
  /** By the client. */
  readonly received: Counts
  /** Interfaces that its records are of. */
  readonly interfaces: readonly string[]
  readonly firstSeen: number
  readonly lastSeen: number
}

const icmp = [1, 58]

/** A flow as the half of a conversation that it is. */
export function halfOf(flow: Flow): Conversation {
  const { protocol, ipVersion, tunnel, tcpFlags, packets, bytes, segments, firstSeen, lastSeen } = flow
  const counts = { packets, bytes, segments }
  // What is in the place of ICMP's destination port is not the same in both directions: the kind of message.
  const source = { address: flow.sourceAddress, port: flow.sourcePort }
  const destination = {
    address: flow.destinationAddress,
    port: icmp.includes(protocol) ? source.port : flow.destinationPort,
  }
  const forward = flow.opener === 'unknown' ? comesFirst(source, destination) : flow.opener === 'source'
  const [client, server] = forward ? [source, destination] : [destination, source]
  return {
    protocol,
    ipVersion,
    ...(tunnel && { tunnel }),
    clientAddress: client.address,
    clientPort: client.port,
    serverAddress: server.address,
    serverPort: server.port,
    opener: flow.opener === 'unknown' ? 'unknown' : 'client',
    ...counts,
    sent: forward ? counts : zero,
    received: forward ? zero : counts,
    tcpFlags,
    interfaces: [flow.interface],
    firstSeen,
    lastSeen,
  }
}

/** The same for both halves, whichever end is taken for the client. */
export function conversationKey(conversation: Conversation): string {
  const { protocol, tunnel, clientAddress, clientPort, serverAddress, serverPort } = conversation
  const ends = [`${clientAddress} ${clientPort}`, `${serverAddress} ${serverPort}`].sort()
  return `${protocol} ${tunnel ? `${tunnel.type} ${tunnel.id}` : ''} ${ends.join(' ')}`
}

/** Two halves, or two intervals, of one conversation. */
export function joined(a: Conversation, b: Conversation): Conversation {
  // Who knows the opener knows the ends.
  const [known, other] = a.opener === 'unknown' && b.opener !== 'unknown' ? [b, a] : [a, b]
  const same = known.clientAddress === other.clientAddress && known.clientPort === other.clientPort
  return {
    ...known,
    ...plus(a, b),
    sent: plus(known.sent, same ? other.sent : other.received),
    received: plus(known.received, same ? other.received : other.sent),
    tcpFlags: a.tcpFlags | b.tcpFlags,
    interfaces: [...new Set([...a.interfaces, ...b.interfaces])],
    firstSeen: Math.min(a.firstSeen, b.firstSeen),
    lastSeen: Math.max(a.lastSeen, b.lastSeen),
  }
}

/** The conversations of flows, in the order of their first halves. */
export function conversations(flows: readonly Flow[]): Conversation[] {
  const all = new Map<string, Conversation>()
  for (const flow of flows) {
    const half = halfOf(flow)
    const key = conversationKey(half)
    const before = all.get(key)
    all.set(key, before ? joined(before, half) : half)
  }
  return [...all.values()]
}

interface End {
  readonly address: string
  readonly port: number
}

const comesFirst = (a: End, b: End) => a.port > b.port || (a.port === b.port && a.address <= b.address)
