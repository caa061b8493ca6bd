import { basename } from 'node:path'
import type { Flow } from '../../monitors/flow.js'
import { protocolName } from '../../monitors/protocols.js'
import { tcpFlags } from '../../monitors/tcp.js'
import { endpoint, quantity } from '../format.js'
import { endpointColumn, numberColumn, trendColumn } from '../live/columns.js'
import type { LiveColumn } from '../live/draw.js'
import type { Row } from '../live/ledger.js'
import type { NameOf } from '../live/live-table.js'
import { cutEnd } from '../text.js'
import type { Conversation } from './conversation.js'

export type FlowRow = Row<Flow>
export type ConversationRow = Row<Conversation>

type Measured = Pick<Flow, 'protocol' | 'tcpFlags' | 'packets' | 'bytes' | 'segments'>

const rateOf = ({ trend, idle }: Row<unknown>) => (idle > 0 ? 0 : (trend.at(-1) ?? 0))

/** Bits a second of the last interval, then sums since the row appeared. */
const measures = <T extends Measured>(): LiveColumn<Row<T>>[] => [
  numberColumn('RATE', 8, rateOf, (value) => quantity(value, 'bit/s')),
  trendColumn(3),
  numberColumn(
    'BYTES',
    7,
    ({ total }) => total.bytes,
    (value) => quantity(value, 'B'),
  ),
  numberColumn('PACKETS', 6, ({ total }) => total.packets, quantity),
  numberColumn('SEGMENTS', 2, ({ total }) => total.segments, quantity),
]

const flags = <T extends Measured>(): LiveColumn<Row<T>> => ({
  title: 'FLAGS',
  text: ({ total }) => tcpFlags(total.tcpFlags).join(' '),
  importance: 1,
})

/** With `namespaces` an interface is told by that too. */
export const flowColumns = (nameOf: NameOf = (address) => address, namespaces = false): LiveColumn<FlowRow>[] => [
  {
    title: 'PROTO',
    text: ({ total }) => protocolText(total),
    importance: 8,
    sort: { name: 'proto', value: ({ total }) => total.protocol },
  },
  endpointColumn('SOURCE', ({ total }) => endpoint(nameOf(total.sourceAddress), total.sourcePort)),
  endpointColumn('DESTINATION', ({ total }) =>
    endpoint(nameOf(total.destinationAddress), total.icmp ? 0 : total.destinationPort),
  ),
  {
    title: 'INTERFACE',
    text: ({ total }) => place(total, namespaces),
    importance: 5,
    shorten: { minimum: 12, cut: cutEnd },
    sort: { name: 'interface', value: ({ total }) => place(total, namespaces) },
  },
  ...measures<Flow>(),
  flags<Flow>(),
]

export const conversationColumns = (nameOf: NameOf = (address) => address): LiveColumn<ConversationRow>[] => [
  { title: 'PROTO', text: ({ total }) => protocolName(total.protocol), importance: 8 },
  endpointColumn('SOURCE', ({ total }) => endpoint(nameOf(total.source.address), total.source.port)),
  endpointColumn('DESTINATION', ({ total }) => endpoint(nameOf(total.destination.address), total.destination.port)),
  numberColumn(
    'SENT',
    7,
    ({ total }) => total.sent.bytes,
    (value) => quantity(value, 'B'),
  ),
  numberColumn(
    'RECEIVED',
    7,
    ({ total }) => total.received.bytes,
    (value) => quantity(value, 'B'),
  ),
  ...measures<Conversation>(),
  { title: 'INTERFACE', text: ({ total }) => [...total.interfaces, ...tunnelText(total)].join(' '), importance: 2 },
  flags<Conversation>(),
]

const protocolText = ({ protocol, icmp }: Flow) =>
  icmp ? `${protocolName(protocol)} ${icmp.type}/${icmp.code}` : protocolName(protocol)

function place(flow: Flow, namespaces: boolean): string {
  const { interface: name, direction, netns, vlans } = flow
  return [
    ...(namespaces && netns !== undefined ? [namespaceText(netns)] : []),
    name,
    direction === 'ingress' ? 'in' : 'out',
    ...(vlans ? [`vlan ${vlans.join('.')}`] : []),
    ...tunnelText(flow),
  ].join(' ')
}

/** `blue` of `/run/netns/blue`, `1234` of `/proc/1234/ns/net`. */
const namespaceText = (file: string) => /^\/proc\/(\w+)\/ns\/net$/.exec(file)?.[1] ?? basename(file)

const tunnelText = ({ tunnel }: Pick<Flow, 'tunnel'>) => (tunnel ? [`${tunnel.type} ${tunnel.id}`] : [])
