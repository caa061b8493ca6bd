import { requireIterable, requireObject } from '../../arguments.js'
import type { Counts, Flow, FlowTuple } from './flow.js'

/** Both directions of a 5-tuple. The source is the opener or, if that is unknown, the end that was seen sending first. */
export interface JoinedFlow extends Counts, FlowTuple, Pick<Flow, 'ipBytes' | 'wireBytes' | 'firstSeen' | 'lastSeen'> {
  /** `unknown` if no SYN and no listening socket showed who opened the connection. */
  readonly opener: 'source' | 'unknown'
  /** From the source. Usually one record; more if there are several VLANs, or if several hooks counted the flow in turn. */
  readonly forward: readonly Flow[]
  /** From the destination. */
  readonly reverse: readonly Flow[]
}

/**
 * Joins the two directions of each flow (a biflow in RFC 5103); the counts are for both together. Records that are `duplicate` are left
 * out, so the sums equal those of `totals`. An echo request and its replies are one flow; any other ICMP message is one by itself.
 */
export function joinFlows(flows: Iterable<Flow>): JoinedFlow[] {
  const pairs = new Map<string, Flow[]>()
  for (const flow of requireIterable(flows, 'flows')) {
    if (requireObject(flow, 'a flow').duplicate) continue
    const id = idOf(flow)
    const pair = pairs.get(id)
    if (pair) pair.push(flow)
    else pairs.set(id, [flow])
  }
  const joined: JoinedFlow[] = []
  for (const records of pairs.values()) joined.push(join(records))
  return joined
}

function join(records: readonly Flow[]): JoinedFlow {
  let first = records[0] as Flow
  let opener: 'source' | 'unknown' = 'unknown'
  let source = ''
  for (const flow of records) {
    if (flow.firstSeen < first.firstSeen) first = flow
    if (flow.opener === 'unknown') continue
    opener = 'source'
    source = flow.opener === 'source' ? endOf(flow) : otherEndOf(flow)
  }
  if (opener === 'unknown') source = endOf(first)
  const forward: Flow[] = []
  const reverse: Flow[] = []
  const sums = { packets: 0, bytes: 0, segments: 0, ipBytes: 0, wireBytes: 0, lastSeen: 0 }
  for (const flow of records) {
    if (endOf(flow) === source) forward.push(flow)
    else reverse.push(flow)
    sums.packets += flow.packets
    sums.bytes += flow.bytes
    sums.segments += flow.segments
    sums.ipBytes += flow.ipBytes
    sums.wireBytes += flow.wireBytes
    sums.lastSeen = Math.max(sums.lastSeen, flow.lastSeen)
  }
  const ends: FlowTuple = forward[0] ?? reversed(reverse[0] as Flow)
  const joined: Mutable<JoinedFlow> = {
    sourceAddress: ends.sourceAddress,
    sourcePort: ends.sourcePort,
    destinationAddress: ends.destinationAddress,
    destinationPort: ends.destinationPort,
    protocol: ends.protocol,
    ipVersion: ends.ipVersion,
    opener,
    packets: sums.packets,
    bytes: sums.bytes,
    segments: sums.segments,
    ipBytes: sums.ipBytes,
    wireBytes: sums.wireBytes,
    firstSeen: first.firstSeen,
    lastSeen: sums.lastSeen,
    forward,
    reverse,
  }
  if (ends.orphan) joined.orphan = ends.orphan
  if (ends.icmp) joined.icmp = ends.icmp
  if (ends.tunnel) joined.tunnel = ends.tunnel
  return joined
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const endOf = (flow: Flow) => `${flow.sourceAddress} ${flow.icmp ? '' : flow.sourcePort}`
const otherEndOf = (flow: Flow) => `${flow.destinationAddress} ${flow.icmp ? '' : flow.destinationPort}`

/** The same for both directions. */
function idOf(flow: Flow): string {
  const { protocol, tunnel, icmp, sourcePort, destinationPort } = flow
  const source = endOf(flow)
  const destination = otherEndOf(flow)
  const where = tunnel ? `${protocol} ${tunnel.type} ${tunnel.id}` : `${protocol}`
  const both = source < destination ? `${source} ${destination}` : `${destination} ${source}`
  if (!icmp) return `${where} ${both}`
  const request = echoes[destinationPort] ?? destinationPort
  const ends = replies[request] === undefined ? `${source} ${destination}` : both
  return `${where} ${ends} ${sourcePort} ${request}`
}

/** 256 × type of a reply (ICMP and ICMPv6), and the same for the request that it answers. */
const echoes: Readonly<Record<number, number>> = { 0: 8 << 8, [129 << 8]: 128 << 8 }
const replies: Readonly<Record<number, number>> = { [8 << 8]: 0, [128 << 8]: 129 << 8 }

/** What the other direction of a flow would be, if it had been seen. */
function reversed(flow: Flow): FlowTuple {
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
