import test from 'ava'
import { eventLine } from '../../lib/cli/retransmits/event-line.js'
import type { ConnectionEvent } from '../../lib/monitors/tcp/connection-event.js'
import { connection } from '../helpers/monitor-samples.js'

const { localAddress, localPort, remoteAddress, remotePort, ipVersion, netns, opener, state } = connection()
const ends = { localAddress, localPort, remoteAddress, remotePort, ipVersion, netns, opener, state }
const time = Date.UTC(2026, 0, 2, 3, 4, 5, 67)
const there = '192.0.2.1:40000 → 192.0.2.2:443'
const curl = { pid: 12, command: 'curl' }
const packet = {
  sourceAddress: '::1',
  sourcePort: 1,
  destinationAddress: '::2',
  destinationPort: 2,
  ipVersion: 6,
  netns: 1,
} as const

const cases: readonly (readonly [ConnectionEvent, string])[] = [
  [{ type: 'opened', time, ...ends }, `opened         ${there}`],
  [{ type: 'opened', time, ...ends, opener: 'remote' }, 'opened         192.0.2.1:40000 ← 192.0.2.2:443'],
  [{ type: 'opened', time, ...ends, opener: 'unknown' }, 'opened         192.0.2.1:40000 ↔ 192.0.2.2:443'],
  [
    { type: 'established', time, ...ends, ...curl, rtt: { smoothed: 1500 } },
    `established    ${there}  rtt 1.50 ms  curl 12`,
  ],
  [{ type: 'closed', time, ...ends, ...curl, duration: 1234 }, `closed         ${there}  after 1.23 s  curl 12`],
  [
    { type: 'closed', time, ...ends, duration: 0, rtt: { smoothed: 20 } },
    `closed         ${there}  after 0 µs  rtt 20 µs`,
  ],
  [{ type: 'closed', time, ...ends, pid: 12 }, `closed         ${there}  12`],
  [
    { type: 'retransmitted', time, ...ends, kind: 'data', segments: 3, bytes: 4344, ...curl },
    `retransmitted  ${there}  data  3 segments, 4.34 kB  curl 12`,
  ],
  [
    { type: 'retransmitted', time, ...ends, kind: 'tail-loss-probe', segments: 1, bytes: 0, command: 'curl' },
    `retransmitted  ${there}  tail-loss-probe  1 segment, 0 B  curl`,
  ],
  [{ type: 'reset', time, ...ends, direction: 'received' }, `reset          ${there}  received`],
  [
    { type: 'reset', time, ...ends, direction: 'sent', reason: 'TCP_STATE', ...curl },
    `reset          ${there}  sent  TCP_STATE  curl 12`,
  ],
  [
    { type: 'dropped', time, ...packet, protocol: 'udp', reason: 'NO_SOCKET', segments: 2, bytes: 96 },
    'dropped        udp [::1]:1 → [::2]:2  NO_SOCKET  2 segments, 96 B',
  ],
]

for (const [event, line] of cases) {
  test(`an event is told as ${line}`, (t) => {
    t.is(eventLine(event), `03:04:05.067  ${line}`)
  })
}

test('of lost events the number is told', (t) => {
  t.is(eventLine({ type: 'lost', count: 7 }), '7 events lost: they came faster than they were read')
})

test('a process whose name would command the terminal cannot', (t) => {
  const line = eventLine({ type: 'closed', time, ...ends, command: 'a\u001b[2Jb\nc' })
  t.is(line, `03:04:05.067  closed         ${there}  a\\x1b[2Jb\\x0ac`)
})
