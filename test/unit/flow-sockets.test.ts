import test from 'ava'
import type { Flow } from '../../lib/monitors/flows/flow.js'
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
  isNextTo: () => false,
  leadsTo: () => false,
})

const socketOf = (sockets: FlowSockets, flow: Flow, place: FlowPlace) => {
  const joined = { ...flow }
  sockets.join(joined, place)
  return joined.socket
}

test('a flow’s socket is the one that sends it', (t) => {
  const socket = connection({})
  const sockets = new FlowSockets([socket])
  t.is(socketOf(sockets, flow({}), at(1)), socket)
  t.is(socketOf(sockets, back({}), at(1)), undefined)
  for (const change of [
    { protocol: 17 },
    { tunnel: { type: 'gre', id: 1 } },
    { sourceAddress: '192.0.2.3' },
    { sourcePort: 40_001 },
    { destinationAddress: '192.0.2.3' },
    { destinationPort: 444 },
  ] as const) {
    t.is(socketOf(sockets, flow(change), at(1)), undefined)
  }
})

test('of sockets with the same addresses the one of the flow’s own namespace is taken', (t) => {
  const [first, second] = [connection({ netns: 1 }), connection({ netns: 2 })]
  const both = new FlowSockets([first, second])
  t.is(socketOf(both, flow({}), at(1)), first)
  t.is(socketOf(both, flow({}), at(2)), second)
  t.is(socketOf(both, flow({}), at(3)), undefined)
  t.is(socketOf(both, flow({}), at(undefined)), undefined)
})

test('a socket of another namespace is taken only if the flow provably comes from there', (t) => {
  const socket = connection({ netns: 2 })
  const next = (...inodes: number[]): FlowPlace => ({ ...at(1), isNextTo: ({ netns }) => inodes.includes(netns) })
  t.is(socketOf(new FlowSockets([socket]), flow({}), at(1)), undefined)
  t.is(socketOf(new FlowSockets([socket]), flow({}), at(undefined)), undefined)
  t.is(socketOf(new FlowSockets([socket]), flow({}), next(3)), undefined)
  t.is(socketOf(new FlowSockets([socket]), flow({}), next(2)), socket)
  const both = new FlowSockets([socket, connection({ netns: 3 })])
  t.is(socketOf(both, flow({}), next(2)), socket)
  t.is(socketOf(both, flow({}), next(2, 3)), undefined)
  const local = connection({ netns: 1 })
  t.is(socketOf(new FlowSockets([socket, local]), flow({}), next(2)), local)
})

test('a proven socket follows its packets from hook to hook', async (t) => {
  const [first, second] = [connection({ netns: 2 }), connection({ netns: 3 })]
  const sockets = new FlowSockets([first, second])
  const uplink = at(1)
  const bridge: FlowPlace = { ...at(1), leadsTo: (other) => other === uplink }
  const port: FlowPlace = { ...at(1), isNextTo: ({ netns }) => netns === 2, leadsTo: (other) => other === bridge }
  const other: FlowPlace = { ...at(1), isNextTo: ({ netns }) => netns === 3 }
  const places = [uplink, bridge, port, other, at(1)]
  const flows = places.map(() => ({ ...flow({}) }))
  for (const [i, place] of places.entries()) sockets.join(flows[i] as Flow, place)
  await sockets.settle()
  t.deepEqual(
    flows.map(({ socket }) => socket),
    [first, first, first, second, undefined],
  )
})

test('where the packets of two sockets may pass, neither has them', async (t) => {
  const sockets = new FlowSockets([connection({ netns: 2 }), connection({ netns: 3 })])
  const uplink = at(1)
  const port = (inode: number): FlowPlace => ({
    ...at(1),
    isNextTo: ({ netns }) => netns === inode,
    leadsTo: (other) => other === uplink,
  })
  const seen = { ...flow({}) }
  sockets.join(seen, uplink)
  for (const inode of [2, 3]) sockets.join({ ...flow({}) }, port(inode))
  await sockets.settle()
  t.is(seen.socket, undefined)
})

test('of sockets with the same addresses on two links the one of the flow’s own is taken', (t) => {
  const [first, second] = [connection({ interfaceIndex: 5 }), connection({ interfaceIndex: 6 })]
  const both = new FlowSockets([first, second])
  t.is(socketOf(both, flow({}), at(1, { 5: true, 6: false })), first)
  t.is(socketOf(both, flow({}), at(1, { 5: false, 6: true })), second)
  t.is(socketOf(both, flow({}), at(1, { 5: false, 6: false })), undefined)
  t.is(socketOf(both, flow({}), at(1)), undefined)
  t.is(socketOf(both, flow({}), at(1, { 5: true, 6: true })), undefined)
  t.is(socketOf(both, flow({}), at(2, { 5: true })), undefined)
})

test('a socket that is bound to an interface sends nothing by an unrelated one', (t) => {
  const bound = connection({ interfaceIndex: 5 })
  const sockets = new FlowSockets([bound])
  t.is(socketOf(sockets, flow({}), at(1, { 5: true })), bound)
  t.is(socketOf(sockets, flow({}), at(1, { 5: false })), undefined)
  t.is(socketOf(sockets, flow({}), at(1)), bound)
  const free = connection({})
  t.is(socketOf(new FlowSockets([bound, free]), flow({}), at(1, { 5: false })), free)
})
