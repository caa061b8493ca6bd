import type { ConnectionEvent } from '../../monitors/tcp/connection-event.js'
import { printable } from '../../printable.js'
import { colors, type Paint } from '../colors.js'
import { endpoint, quantity, span } from '../format.js'
import { processText } from './retransmit-columns.js'

/** `12:34:56.789  retransmitted  10.0.0.1:5201 → 10.0.0.2:443  3 segments  curl 1234` */
export function eventLine(event: ConnectionEvent): string {
  if (event.type === 'lost') return colors.red(`${event.count} events lost: they came faster than they were read`)
  const time = new Date(event.time).toISOString().slice(11, -1)
  const words = [ends(event), ...details(event)].filter((word) => word !== '').map(printable)
  return [colors.dim(time), paints[event.type](event.type.padEnd(longestType)), ...words].join('  ')
}

const longestType = 'retransmitted'.length

const paints: Record<Exclude<ConnectionEvent['type'], 'lost'>, Paint> = {
  opened: colors.cyan,
  established: colors.green,
  closed: colors.dim,
  retransmitted: colors.yellow,
  reset: colors.red,
  dropped: colors.red,
}

type Told = Exclude<ConnectionEvent, { type: 'lost' }>

function ends(event: Told): string {
  if (event.type === 'dropped') {
    const { protocol, sourceAddress, sourcePort, destinationAddress, destinationPort } = event
    return `${protocol} ${endpoint(sourceAddress, sourcePort)} → ${endpoint(destinationAddress, destinationPort)}`
  }
  const { localAddress, localPort, remoteAddress, remotePort, opener } = event
  const arrow = opener === 'local' ? '→' : opener === 'remote' ? '←' : '↔'
  return `${endpoint(localAddress, localPort)} ${arrow} ${endpoint(remoteAddress, remotePort)}`
}

function details(event: Told): string[] {
  if (event.type === 'dropped') return [event.reason, amount(event)]
  const { rtt, duration } = event
  const common = [...(rtt ? [`rtt ${span(rtt.smoothed)}`] : []), processText(event)]
  switch (event.type) {
    case 'retransmitted':
      return [event.kind, amount(event), ...common]
    case 'reset':
      return [event.direction, event.reason ?? '', ...common]
    case 'closed':
      return [...(duration === undefined ? [] : [`after ${span(duration * 1000)}`]), ...common]
    default:
      return common
  }
}

const amount = ({ segments, bytes }: { readonly segments: number; readonly bytes: number }) =>
  `${segments} ${segments === 1 ? 'segment' : 'segments'}, ${quantity(bytes, 'B')}`
