import type { Connection } from '../../monitors/tcp/connection.js'
import { plusRetransmitted } from '../../monitors/tcp/retransmitted.js'
import { colors, type Paint } from '../colors.js'
import { percentage } from '../format.js'

/** How well a connection does, or many of them together. */
export type Health = Pick<
  Connection,
  'segmentsSent' | 'retransmitted' | 'resetsSent' | 'resetsReceived' | 'drops' | 'rtt'
>

/** Adds two values; the second is the later one. */
export function addHealth(a: Health, b: Health): Health {
  const drops = addReasons(a.drops, b.drops)
  const rtt = b.rtt ?? a.rtt
  return {
    segmentsSent: a.segmentsSent + b.segmentsSent,
    retransmitted: plusRetransmitted(a.retransmitted, b.retransmitted),
    resetsSent: a.resetsSent + b.resetsSent,
    resetsReceived: a.resetsReceived + b.resetsReceived,
    ...(drops && { drops }),
    ...(rtt && { rtt }),
  }
}

/** The share of sent segments that were retransmissions. Infinite if none was sent: `segmentsSent` does not include SYN-ACKs. */
export const ratioOf = (retransmitted: number, sent: number): number => (retransmitted === 0 ? 0 : retransmitted / sent)

export const healthRatio = ({ retransmitted, segmentsSent }: Health): number =>
  ratioOf(retransmitted.segments, segmentsSent)

export const ratioText = (ratio: number): string => (Number.isFinite(ratio) ? percentage(ratio) : '—')

/** From 0.1 percent on a connection deserves a look; from one percent on its throughput suffers. */
export const ratioPaint = (ratio: number): Paint =>
  ratio < 0.001 ? colors.dim : ratio < 0.01 ? colors.yellow : colors.red

type Reasons = Readonly<Record<string, number>>

export function addReasons(a: Reasons | undefined, b: Reasons | undefined): Reasons | undefined {
  if (!a || !b) return a ?? b
  const sum = { ...a }
  for (const [reason, count] of Object.entries(b)) sum[reason] = (sum[reason] ?? 0) + count
  return sum
}

/** `12 NO_SOCKET 3 TC_INGRESS`, the most frequent first. */
export const reasonsText = (reasons: Reasons): string =>
  Object.entries(reasons)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(' ')
