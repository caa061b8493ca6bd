import test from 'ava'
import { type FlowPlace, FlowSockets } from '../../lib/monitors/flows/sockets.js'
import type { Connection } from '../../lib/monitors/tcp/connection.js'
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

const at = (netns: number | undefined, carried: Record<number, boolean> = {}): FlowPlace => ({
  netns,
  carries: (index) => carried[index],
})

test('a flow’s socket is the one that sends it', (t) => {
  const socket = connection({})
  const sockets = new FlowSockets([socket])
  t.is(sockets.of(flow({}), at(1)), socket)
  t.is(sockets.of(back({}), at(1)), undefined)
  for (const change of [
    { protocol: 17 },
    { tunnel: { type: 'gre', id: 1 } },
    { sourceAddress: '192.0.2.3' },
    { sourcePort: 40_001 },
    { destinationAddress: '192.0.2.3' },
    { destinationPort: 444 },
  ] as const) {
    t.is(sockets.of(flow(change), at(1)), undefined)
  }
})

test('of sockets with the same addresses the one of the flow’s own namespace is taken, else the only one', (t) => {
  const [first, second] = [connection({ netns: 1 }), connection({ netns: 2 })]
  const both = new FlowSockets([first, second])
  t.is(both.of(flow({}), at(1)), first)
  t.is(both.of(flow({}), at(2)), second)
  t.is(both.of(flow({}), at(3)), undefined)
  t.is(both.of(flow({}), at(undefined)), undefined)
  const one = new FlowSockets([second, connection({ netns: 1, localPort: 1 })])
  t.is(one.of(flow({}), at(1)), second)
  t.is(one.of(flow({}), at(undefined)), second)
})

test('of sockets with the same addresses on two links the one of the flow’s own is taken', (t) => {
  const [first, second] = [connection({ interfaceIndex: 5 }), connection({ interfaceIndex: 6 })]
  const both = new FlowSockets([first, second])
  t.is(both.of(flow({}), at(1, { 5: true, 6: false })), first)
  t.is(both.of(flow({}), at(1, { 5: false, 6: true })), second)
  t.is(both.of(flow({}), at(1, { 5: false, 6: false })), undefined)
  t.is(both.of(flow({}), at(1)), undefined)
  t.is(both.of(flow({}), at(1, { 5: true, 6: true })), undefined)
  t.is(both.of(flow({}), at(2, { 5: true })), undefined)
})

test('a socket that is bound to an interface sends nothing by an unrelated one', (t) => {
  const bound = connection({ interfaceIndex: 5 })
  const sockets = new FlowSockets([bound])
  t.is(sockets.of(flow({}), at(1, { 5: true })), bound)
  t.is(sockets.of(flow({}), at(1, { 5: false })), undefined)
  t.is(sockets.of(flow({}), at(1)), bound)
  const free = connection({})
  t.is(new FlowSockets([bound, free]).of(flow({}), at(1, { 5: false })), free)
})
