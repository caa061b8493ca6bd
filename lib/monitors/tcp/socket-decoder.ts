import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'
import { addressText } from '../shared/address.js'
import { memberOffsets, u64 } from '../shared/fields.js'
import type { CgroupPaths } from './cgroup-paths.js'
import type { SocketCounts, SocketFacts } from './connection.js'
import type { ConnectionKey } from './connection-key.js'
import { tcpState } from './states.js'

// enum socket_opener of bpf/socket.h
const openers = ['unknown', 'local', 'remote'] as const

export function keyReader(btf: Btf): (view: DataView, at: number) => ConnectionKey {
  const key = memberOffsets(btf, 'connection_key') as Record<KeyMember, number>
  return (view, at) => {
    const ipVersion = view.getUint8(at + key.ip_version) === 4 ? 4 : 6
    const interfaceIndex = view.getUint32(at + key.ifindex, littleEndian)
    return {
      localAddress: addressText(view, at + key.saddr, ipVersion),
      localPort: view.getUint16(at + key.sport, littleEndian),
      remoteAddress: addressText(view, at + key.daddr, ipVersion),
      remotePort: view.getUint16(at + key.dport, littleEndian),
      ipVersion,
      netns: view.getUint32(at + key.netns, littleEndian),
      ...(interfaceIndex > 0 && { interfaceIndex }),
    }
  }
}

export function growthReader(btf: Btf): (view: DataView, at: number) => SocketCounts {
  const growth = memberOffsets(btf, 'socket_growth') as Record<GrowthMember, number>
  return (view, at) => ({
    segmentsSent: u64(view, at + growth.segments_sent),
    dataSegmentsSent: u64(view, at + growth.data_segments_sent),
    segmentsReceived: u64(view, at + growth.segments_received),
    bytesSent: u64(view, at + growth.bytes_sent),
    bytesAcked: u64(view, at + growth.bytes_acked),
    bytesReceived: u64(view, at + growth.bytes_received),
  })
}

/** `time` converts a moment of the monotonic clock to wall-clock time; `seen` is when the facts were recorded, on the monotonic clock. */
export type FactsReader = (view: DataView, at: number, seen: number, time: (ktime: number) => number) => SocketFacts

export function factsReader(btf: Btf, cgroups: CgroupPaths): FactsReader {
  const facts = memberOffsets(btf, 'socket_facts') as Record<FactsMember, number>
  return (view, at, seen, time) => {
    const opened = u64(view, at + facts.opened)
    const established = u64(view, at + facts.established)
    const closed = u64(view, at + facts.closed)
    const pid = view.getUint32(at + facts.pid, littleEndian)
    const cgroup = u64(view, at + facts.cgroup)
    return {
      opener: openers[view.getUint8(at + facts.opener)] ?? 'unknown',
      ...(opened > 0 && { openedAt: time(opened), duration: ((closed || seen) - opened) / 1e6 }),
      ...(established > 0 && { establishedAt: time(established) }),
      ...(closed > 0 && { closedAt: time(closed), closedFrom: tcpState(view.getUint8(at + facts.closed_from)) }),
      ...(pid > 0 && { pid, command: commandText(view, at + facts.comm) }),
      ...(cgroup > 0 && { cgroup: cgroups.of(cgroup) }),
    }
  }
}

// TASK_COMM_LEN
const commandSize = 16

function commandText(view: DataView, offset: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + offset, commandSize)
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? commandSize : end)
}

type KeyMember = 'saddr' | 'daddr' | 'netns' | 'ifindex' | 'sport' | 'dport' | 'ip_version'
type GrowthMember =
  | 'bytes_sent'
  | 'bytes_acked'
  | 'bytes_received'
  | 'segments_sent'
  | 'segments_received'
  | 'data_segments_sent'
type FactsMember = 'opened' | 'established' | 'closed' | 'cgroup' | 'pid' | 'comm' | 'opener' | 'closed_from'
