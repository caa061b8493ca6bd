import test from 'ava'
import { conversationTable, flowTable } from '../../lib/cli/flows/flow-table.js'
import { Controls } from '../../lib/cli/live/controls.js'
import { draw, type Picture } from '../../lib/cli/live/draw.js'
import { connectionTable, peerTable } from '../../lib/cli/retransmits/retransmit-table.js'
import { connection, flow, flowSnapshot, retransmitted, tcpSnapshot } from '../helpers/monitor-samples.js'

/* What is left of the tables where there is little room. */

const socket = connection({
  localAddress: '255.255.255.255',
  localPort: 65_535,
  rtt: { smoothed: 1500 },
  retransmitted: retransmitted({ segments: 1 }),
  command: 'a-long-name',
  pid: 1_234_567,
  drops: { TCP_INVALID_SEQUENCE: 1000 },
})
const flows = flowSnapshot([flow({ sourceAddress: '255.255.255.255', sourcePort: 65_535, vlans: [1000], socket })])
const retransmits = tcpSnapshot([socket])

for (const [what, picture, sort, gone] of [
  [
    'flows',
    flowTable({ sockets: true })(flows),
    'bytes',
    'FLAGS SEGMENTS TREND AGAIN INTERFACE RTT PACKETS PROCESS RATE PROTO DESTINATION SOURCE',
  ],
  [
    'conversations',
    conversationTable({ sockets: true })(flows),
    'bytes',
    'FLAGS INTERFACE SEGMENTS TREND AGAIN RTT PACKETS RECEIVED SENT PROCESS RATE PROTO DESTINATION SOURCE',
  ],
  ['peers', peerTable()(retransmits), 'again', 'TREND CONNS TLP RST SYN PROCESS DROPS RTT SENT RATIO PEER'],
  [
    'connections',
    connectionTable()(retransmits),
    'again',
    'STATE TREND TLP RST SYN PROCESS DROPS RTT SENT RATIO REMOTE LOCAL',
  ],
] as const) {
  const lines = (width: number) =>
    draw({ ...(picture as Picture<unknown>), head: [] }, new Controls([], sort), { width })
  const titles = (width: number) => lines(width)[0]?.trim().split(/ +/) ?? []

  test(`of ${what} the least important columns go first, and the one that is sorted by stays`, (t) => {
    const order: string[] = []
    for (let width = 300; width > 5; width--) {
      const left = titles(width)
      order.push(...titles(width + 1).filter((title) => !left.includes(title) && /^[A-Z]+$/.test(title)))
    }
    t.is(order.join(' '), gone)
    t.deepEqual(titles(7), [`${sort.toUpperCase()}▾`])
  })
}

test('an IPv4 address with its port is whole wherever it is shown', (t) => {
  for (let width = 300; width > 30; width--) {
    const [title = '', row = ''] = draw(
      { ...(flowTable()(flows) as Picture<unknown>), head: [] },
      new Controls([], 'bytes'),
      { width },
    )
    if (title.includes('SOURCE')) t.true(row.includes('255.255.255.255:65535'), row)
  }
})
