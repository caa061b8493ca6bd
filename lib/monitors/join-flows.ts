import { requireIterable } from '../arguments.js'
import type { Counts, Flow } from './flow.js'

/** Both directions of a 5-tuple. The source is the end that opened it, or, where nobody knows, the one that was seen to send first. */
export interface JoinedFlow
  extends Counts,
    Pick<
      Flow,
      | 'sourceAddress'
      | 'sourcePort'
      | 'destinationAddress'
      | 'destinationPort'
      | 'protocol'
      | 'ipVersion'
      | 'icmp'
      | 'tunnel'
      | 'ipBytes'
      | 'wireBytes'
      | 'firstSeen'
      | 'lastSeen'
    > {
  readonly opener: 'source' | 'unknown'
  /** From the source: a record for each VLAN, and each place that it counted at in turn; one as a rule. */
  readonly forward: readonly Flow[]
  /** From the destination. */
  readonly reverse: readonly Flow[]
}

/**
 * Joins the two directions of each flow (RFC 5103 calls it a biflow): counts are of both together. Records that are `duplicate` are
 * left out, so the sums are those of `totals`. An echo and its replies are one; other ICMP messages are by themselves.
 */
export function joinFlows(flows: Iterable<Flow>): JoinedFlow[] {
  const pairs = new Map<string, Flow[]>()
  for (const flow of requireIterable(flows, 'flows')) {
    if (flow.duplicate) continue
    const id = idOf(flow)
    const pair = pairs.get(id)
    if (pair) pair.push(flow)
    else pairs.set(id, [flow])
  }
  return [...pairs.values()].map(joined)
}

function joined(records: readonly Flow[]): JoinedFlow {
  const opened = records.find(({ opener }) => opener === 'source')
  const answered = records.find(({ opener }) => opener === 'destination')
  const first = records.reduce((a, b) => (b.firstSeen < a.firstSeen ? b : a))
  const source = opened ? endOf(opened) : answered ? otherEndOf(answered) : endOf(first)
  const forward = records.filter((flow) => endOf(flow) === source)
  const reverse = records.filter((flow) => endOf(flow) !== source)
  const sum = (of: (flow: Flow) => number) => records.reduce((total, flow) => total + of(flow), 0)
  return {
    ...tupleOf(forward[0] ?? reversed(reverse[0] as Flow)),
    opener: opened || answered ? 'source' : 'unknown',
    packets: sum((flow) => flow.packets),
    bytes: sum((flow) => flow.bytes),
    segments: sum((flow) => flow.segments),
    ipBytes: sum((flow) => flow.ipBytes),
    wireBytes: sum((flow) => flow.wireBytes),
    firstSeen: first.firstSeen,
    lastSeen: records.reduce((latest, { lastSeen }) => Math.max(latest, lastSeen), 0),
    forward,
    reverse,
  }
}

const endOf = (flow: Flow) => `${flow.sourceAddress} ${flow.icmp ? '' : flow.sourcePort}`
const otherEndOf = (flow: Flow) => `${flow.destinationAddress} ${flow.icmp ? '' : flow.destinationPort}`

function idOf(flow: Flow): string {
  const { protocol, tunnel, icmp, sourcePort, destinationPort } = flow
  const ends = [endOf(flow), otherEndOf(flow)]
  if (!icmp) return [protocol, tunnel?.type, tunnel?.id, ...ends.sort()].join(' ')
  const request = echoes[destinationPort] ?? destinationPort
  const answered = replies[request] === undefined ? ends : ends.sort()
  return [protocol, tunnel?.type, tunnel?.id, ...answered, sourcePort, request].join(' ')
}

/** 256 × type of a reply, of ICMP and ICMPv6, and of what it answers. */
const echoes: Readonly<Record<number, number>> = { 0: 8 << 8, [129 << 8]: 128 << 8 }
const replies: Readonly<Record<number, number>> = { [8 << 8]: 0, [128 << 8]: 129 << 8 }

type Tuple = Pick<
  Flow,
  | 'sourceAddress'
  | 'sourcePort'
  | 'destinationAddress'
  | 'destinationPort'
  | 'protocol'
  | 'ipVersion'
  | 'icmp'
  | 'tunnel'
>

const tupleOf = (flow: Tuple): Tuple => ({
  sourceAddress: flow.sourceAddress,
  sourcePort: flow.sourcePort,
  destinationAddress: flow.destinationAddress,
  destinationPort: flow.destinationPort,
  protocol: flow.protocol,
  ipVersion: flow.ipVersion,
  ...(flow.icmp && { icmp: flow.icmp }),
  ...(flow.tunnel && { tunnel: flow.tunnel }),
})

/** What the other direction of a flow, which was not seen, would be. */
function reversed(flow: Flow): Tuple {
  const { sourceAddress: destinationAddress, destinationAddress: sourceAddress } = flow
  if (!flow.icmp) {
    const { sourcePort: destinationPort, destinationPort: sourcePort } = flow
    return { ...flow, sourceAddress, sourcePort, destinationAddress, destinationPort }
  }
  const destinationPort = replies[flow.destinationPort] ?? echoes[flow.destinationPort] ?? flow.destinationPort
  return {
    ...flow,
    sourceAddress,
    destinationAddress,
    destinationPort,
    icmp: { type: destinationPort >> 8, code: destinationPort & 0xff },
  }
}
