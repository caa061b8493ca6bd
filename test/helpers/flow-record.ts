import type { Flow, FlowSnapshot } from 'ebpf/flows'

/** One direction of a TCP connection in an interval, and what is else about it. */
export const flow = (change: Partial<Flow>): Flow => ({
  sourceAddress: '192.0.2.1',
  sourcePort: 40_000,
  destinationAddress: '192.0.2.2',
  destinationPort: 443,
  protocol: 6,
  ipVersion: 4,
  direction: 'egress',
  interface: 'eth0',
  duplicate: false,
  packets: 1,
  bytes: 100,
  segments: 2,
  ipBytes: 86,
  wireBytes: 154,
  tcpFlags: 0x10,
  syns: 0,
  synAcks: 0,
  fins: 0,
  resets: 0,
  opener: 'unknown',
  ttl: { minimum: 64, maximum: 64 },
  dscp: 0,
  ceMarks: 0,
  firstSeen: 1000,
  lastSeen: 2000,
  ...change,
})

/** Its other direction. */
export const back = (change: Partial<Flow>): Flow =>
  flow({
    sourceAddress: '192.0.2.2',
    sourcePort: 443,
    destinationAddress: '192.0.2.1',
    destinationPort: 40_000,
    direction: 'ingress',
    ...change,
  })

const none = { packets: 0, bytes: 0, segments: 0 }

/** A second in which nothing happened, and what is else about it. */
export const flowSnapshot = (change: Partial<FlowSnapshot>): FlowSnapshot => ({
  start: 1000,
  end: 2000,
  flows: [],
  totals: none,
  interfaces: [],
  nonIp: none,
  malformed: none,
  filtered: none,
  unsampled: none,
  lost: { ...none, flows: 0 },
  table: { entries: 0, maxEntries: 100, refusals: 0 },
  unwatched: [],
  ...change,
})
