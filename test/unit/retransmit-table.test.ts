import test from 'ava'
import type { RetransmitSnapshot, SocketSnapshot } from 'ebpf/retransmits'
import { connectionTable, peerTable } from '../../lib/cli/retransmits/retransmit-table.js'
import { headOf } from '../helpers/live-picture.js'

const none = { events: 0, segments: 0, bytes: 0 }
const table = { entries: 0, maxEntries: 100 }

/** A second in which nothing happened, and what is else about it. */
function snapshot(change: Partial<RetransmitSnapshot>, sockets: Partial<SocketSnapshot> = {}): RetransmitSnapshot {
  const nothing = {
    connections: [],
    drops: [],
    totals: { segmentsSent: 0 },
    lost: { connections: 0, incidents: 0, unreadable: 0 },
    tables: { connections: table, incidents: table },
  } as unknown as SocketSnapshot
  return {
    start: 1000,
    end: 2000,
    retransmits: [],
    totals: none,
    lost: none,
    table,
    sockets: { ...nothing, ...sockets },
    ...change,
  }
}

const full = snapshot(
  { lost: { events: 1, segments: 2000, bytes: 5 } },
  { lost: { connections: 3, incidents: 4, unreadable: 0 } },
)

for (const [name, pictures] of [
  ['peers', peerTable()],
  ['connections', connectionTable()],
] as const) {
  test(`above a table of ${name} stands what found no room, summed up since the start`, (t) => {
    t.is(headOf(pictures(snapshot({}))).length, 1)
    const said = 'lost, the tables were full: 2,000 segments sent again 3 connections 4 resets and drops'
    t.deepEqual(headOf(pictures(full)).slice(1), [said])
    t.deepEqual(headOf(pictures(snapshot({}))).slice(1), [said])
    t.deepEqual(headOf(pictures(full)).slice(1), [
      'lost, the tables were full: 4,000 segments sent again 6 connections 8 resets and drops',
    ])
  })
}

test('each of what found no room is told of by itself', (t) => {
  const lines = (...given: Parameters<typeof snapshot>) => headOf(peerTable()(snapshot(...given))).slice(1)
  const lost = { connections: 0, incidents: 0, unreadable: 0 }
  t.deepEqual(lines({ lost: { ...none, segments: 1 } }), ['lost, the tables were full: 1 segments sent again'])
  t.deepEqual(lines({}, { lost: { ...lost, connections: 2 } }), ['lost, the tables were full: 2 connections'])
  t.deepEqual(lines({}, { lost: { ...lost, incidents: 3 } }), ['lost, the tables were full: 3 resets and drops'])
  t.deepEqual(lines({}, { lost: { ...lost, unreadable: 4 } }), ['packets dropped: 4 whose addresses cannot be read'])
})
