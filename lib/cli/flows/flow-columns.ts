import { basename } from 'node:path'
import type { Flow } from '../../monitors/flows/flow.js'
import { protocolName } from '../../monitors/flows/protocols.js'
import type { Connection } from '../../monitors/tcp/connection.js'
import { tcpFlags } from '../../monitors/tcp/states.js'
import { colors } from '../colors.js'
import { endpoint, quantity, span } from '../format.js'
import { endpointColumn, numberColumn, trendColumn } from '../live/columns.js'
import type { LiveColumn } from '../live/draw.js'
import type { Row } from '../live/ledger.js'
import type { NameOf } from '../live/live-table.js'
import { processText } from '../retransmits/retransmit-columns.js'
import { cutEnd } from '../text.js'
import type { Conversation } from './conversation.js'

export interface FlowColumnsOptions {
  readonly nameOf?: NameOf | undefined
  /** Whether there are several, so that an interface's name alone is ambiguous. */
  readonly namespaces?: boolean
  /** Whether the flows include their sockets. */
  readonly sockets?: boolean
}

type FlowRow = Row<Flow>
type ConversationRow = Row<Conversation>

const itself: NameOf = (address) => address
const bytesText = (value: number) => quantity(value, 'B')
const orNothing = (text: (value: number) => string) => (value: number) => (value === 0 ? '' : text(value))

export const flowColumns = (options: FlowColumnsOptions = {}): LiveColumn<FlowRow>[] => {
  const { nameOf = itself, namespaces = false, sockets = false } = options
  const place = ({ total }: FlowRow) => placeText(total, namespaces)
  return [
    { title: 'PROTO', text: ({ total }) => protocolText(total), importance: 8 },
    endpointColumn('SOURCE', ({ total }) => endpoint(nameOf(total.sourceAddress), total.sourcePort)),
    endpointColumn('DESTINATION', ({ total }) =>
      endpoint(nameOf(total.destinationAddress), total.icmp ? 0 : total.destinationPort),
    ),
    {
      title: 'INTERFACE',
      text: place,
      importance: 5,
      shorten: { minimum: 12, cut: cutEnd },
      sort: { name: 'interface', value: place },
    },
    ...measures<Flow>(),
    ...(sockets ? socketColumns<Flow>() : []),
    flags<Flow>(),
  ]
}

export const conversationColumns = (options: FlowColumnsOptions = {}): LiveColumn<ConversationRow>[] => {
  const { nameOf = itself, sockets = false } = options
  return [
    { title: 'PROTO', text: ({ total }) => protocolName(total.protocol), importance: 8 },
    endpointColumn('SOURCE', ({ total }) => endpoint(nameOf(total.source.address), total.source.port)),
    endpointColumn('DESTINATION', ({ total }) => endpoint(nameOf(total.destination.address), total.destination.port)),
    numberColumn('SENT', 7, ({ total }) => total.sent.bytes, bytesText),
    numberColumn('RECEIVED', 7, ({ total }) => total.received.bytes, bytesText),
    ...measures<Conversation>(),
    ...(sockets ? socketColumns<Conversation>() : []),
    { title: 'INTERFACE', text: ({ total }) => [...total.interfaces, ...tunnelText(total)].join(' '), importance: 2 },
    flags<Conversation>(),
  ]
}

type Measured = Pick<Flow, 'tcpFlags' | 'packets' | 'bytes' | 'segments'>

/** Bits per second in the last interval, then sums since the row appeared. */
const measures = <T extends Measured>(): LiveColumn<Row<T>>[] => [
  numberColumn('RATE', 8, rateOf, (value) => quantity(value, 'bit/s')),
  trendColumn(3),
  numberColumn('BYTES', 7, ({ total }) => total.bytes, bytesText),
  numberColumn('PACKETS', 6, ({ total }) => total.packets, quantity),
  numberColumn('SEGMENTS', 2, ({ total }) => total.segments, quantity),
]

const rateOf = ({ trend, idle }: Row<unknown>) => (idle > 0 ? 0 : (trend.at(-1) ?? 0))

/** About the socket that sends the flow, if it is on this machine. */
const socketColumns = <T extends { readonly socket?: Connection }>(): LiveColumn<Row<T>>[] => [
  numberColumn('RTT', 6, ({ total }) => total.socket?.rtt?.smoothed ?? 0, orNothing(span)),
  numberColumn(
    'AGAIN',
    5,
    ({ total }) => total.socket?.retransmitted.segments ?? 0,
    orNothing(quantity),
    () => colors.yellow,
  ),
  {
    title: 'PROCESS',
    text: ({ total }) => processText(total.socket ?? {}),
    importance: 8,
    shorten: { minimum: 12, cut: cutEnd },
  },
]

const flags = <T extends Measured>(): LiveColumn<Row<T>> => ({
  title: 'FLAGS',
  text: ({ total }) => tcpFlags(total.tcpFlags).join(' '),
  importance: 1,
})

function protocolText({ protocol, icmp, orphan }: Flow): string {
  const name = protocolName(protocol)
  if (orphan) return `${name} fragments`
  return icmp ? `${name} ${icmp.type}/${icmp.code}` : name
}

function placeText(flow: Flow, namespaces: boolean): string {
  const { interface: name, direction, netns, vlans } = flow
  return [
    ...(namespaces && netns !== undefined ? [namespaceText(netns)] : []),
    name,
    direction === 'ingress' ? 'in' : 'out',
    ...(vlans ? [`vlan ${vlans.join('.')}`] : []),
    ...tunnelText(flow),
  ].join(' ')
}

/** `blue` for `/run/netns/blue`, `1234` for `/proc/1234/ns/net`. */
const namespaceText = (file: string) => /^\/proc\/(\w+)\/ns\/net$/.exec(file)?.[1] ?? basename(file)

const tunnelText = ({ tunnel }: Pick<Flow, 'tunnel'>) => (tunnel ? [`${tunnel.type} ${tunnel.id}`] : [])
