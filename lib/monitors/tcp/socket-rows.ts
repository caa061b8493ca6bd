import type { Btf } from '../../btf/index.js'
import { littleEndian } from '../../internal/byte-order.js'
import { wallClock } from '../../kernel/clock.js'
import type { EntryVisitor } from '../shared/epoch-table.js'
import { memberOffsets, u64 } from '../shared/fields.js'
import type { CgroupPaths } from './cgroup-paths.js'
import type { SocketCounts, SocketFacts } from './connection.js'
import type { ConnectionKey } from './connection-key.js'
import type { RoundTripTime } from './retransmit.js'
import { roundTripTime } from './retransmit-decoder.js'
import { factsReader, growthReader, keyReader } from './socket-decoder.js'
import { type TcpState, tcpState } from './states.js'

/** An entry of the table of sockets (bpf/socket.h). */
export interface SocketRow {
  readonly key: ConnectionKey
  readonly counts: SocketCounts
  readonly facts: SocketFacts
  readonly openedLocally: number
  readonly openedRemotely: number
  readonly established: number
  readonly closed: number
  readonly aborted: number
  readonly state: TcpState
  readonly rtt?: RoundTripTime
  readonly lastSeen: number
}

/** An entry of the table of incidents. For a drop, the local end of its key is the packet's source. */
export interface IncidentRow {
  readonly key: ConnectionKey
  readonly kind: 'drop' | 'reset-sent' | 'reset-received'
  readonly protocol: number
  readonly reason: number
  readonly events: number
  readonly segments: number
  readonly bytes: number
  readonly firstSeen: number
  readonly lastSeen: number
}

// enum incident_kind of bpf/socket.h
const kinds = ['drop', 'reset-sent', 'reset-received'] as const

export function socketRowReader(btf: Btf, cgroups: CgroupPaths): (into: SocketRow[]) => EntryVisitor {
  const readKey = keyReader(btf)
  const readGrowth = growthReader(btf)
  const readFacts = factsReader(btf, cgroups)
  const value = memberOffsets(btf, 'socket_value') as Record<SocketMember, number>
  return (into) => {
    const time = wallClock()
    return (keys, k, values, v) => {
      const lastSeen = u64(values, v + value.last_seen)
      const u32 = (member: SocketMember) => values.getUint32(v + value[member], littleEndian)
      into.push({
        key: readKey(keys, k),
        counts: readGrowth(values, v + value.grown),
        facts: readFacts(values, v + value.facts, lastSeen, time),
        openedLocally: u32('opened_locally'),
        openedRemotely: u32('opened_remotely'),
        established: u32('established'),
        closed: u32('closed'),
        aborted: u32('aborted'),
        state: tcpState(u32('state')),
        ...roundTripTime(values, v + value.srtt_us, v + value.min_rtt_us),
        lastSeen: time(lastSeen),
      })
    }
  }
}

export function incidentRowReader(btf: Btf): (into: IncidentRow[]) => EntryVisitor {
  const readKey = keyReader(btf)
  const key = memberOffsets(btf, 'incident_key') as Record<IncidentKeyMember, number>
  const value = memberOffsets(btf, 'incident_value') as Record<IncidentMember, number>
  return (into) => {
    const time = wallClock()
    return (keys, k, values, v) => {
      into.push({
        key: readKey(keys, k + key.connection),
        kind: kinds[keys.getUint8(k + key.kind)] ?? 'drop',
        protocol: keys.getUint8(k + key.protocol),
        reason: keys.getUint32(k + key.reason, littleEndian),
        events: u64(values, v + value.events),
        segments: u64(values, v + value.segments),
        bytes: u64(values, v + value.bytes),
        firstSeen: time(u64(values, v + value.first_seen)),
        lastSeen: time(u64(values, v + value.last_seen)),
      })
    }
  }
}

type SocketMember =
  | 'grown'
  | 'facts'
  | 'last_seen'
  | 'opened_locally'
  | 'opened_remotely'
  | 'established'
  | 'closed'
  | 'aborted'
  | 'state'
  | 'srtt_us'
  | 'min_rtt_us'
type IncidentKeyMember = 'connection' | 'reason' | 'kind' | 'protocol'
type IncidentMember = 'events' | 'segments' | 'bytes' | 'first_seen' | 'last_seen'
