import test from 'ava'
import type { Connection } from '../../lib/monitors/connection.js'
import { FlowSockets } from '../../lib/monitors/flow-sockets.js'
import { back, flow } from '../helpers/monitor-samples.js'

const connection = (change: Partial<Connection>) =>
  ({
    localAddress: '192.0.2.1',
    localPort: 40_000,
    remoteAddress: '192.0.2.2',
    remotePort: 443,
    netns: 1,
    ...change,
  }) as Connection

test('a flow’s socket is the one that sends it', (t) => {
  const socket = connection({})
  const sockets = new FlowSockets([socket])
  t.is(sockets.of(flow({}), 1), socket)
  t.is(sockets.of(back({}), 1), undefined)
  for (const change of [
    { protocol: 17 },
    { tunnel: { type: 'gre', id: 1 } },
    { sourceAddress: '192.0.2.3' },
    { sourcePort: 40_001 },
    { destinationAddress: '192.0.2.3' },
    { destinationPort: 444 },
  ] as const) {
    t.is(sockets.of(flow(change), 1), undefined)
  }
})

test('of sockets with the same addresses the one of the flow’s own namespace is taken, else the only one', (t) => {
  const [first, second] = [connection({ netns: 1 }), connection({ netns: 2 })]
  const both = new FlowSockets([first, second])
  t.is(both.of(flow({}), 1), first)
  t.is(both.of(flow({}), 2), second)
  t.is(both.of(flow({}), 3), undefined)
  t.is(both.of(flow({}), undefined), undefined)
  const one = new FlowSockets([second, connection({ netns: 1, localPort: 1 })])
  t.is(one.of(flow({}), 1), second)
  t.is(one.of(flow({}), undefined), second)
})
