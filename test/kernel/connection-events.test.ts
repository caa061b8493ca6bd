import test from 'ava'
import { type ConnectionEvent, ConnectionEvents, type ConnectionEventsOptions, connectionEvents } from 'ebpf/tcp'
import { addAddresses, createNetwork, type DemoNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { blackHole } from '../helpers/black-hole.js'
import '../helpers/no-leaks.js'
import { perl } from '../helpers/perl.js'
import { connectTcp, keepConnecting, runInside, serveTcp } from '../helpers/traffic.js'

/** The events that `use` causes in the client's namespace, up to the first for which `isLast` is true. */
async function eventsOf(
  options: ConnectionEventsOptions,
  use: (network: DemoNetwork) => Promise<void>,
  isLast: (event: ConnectionEvent) => boolean,
): Promise<ConnectionEvent[]> {
  const network = await createNetwork(1)
  try {
    addAddresses(network)
    const events: ConnectionEvent[] = []
    using stream = await ConnectionEvents.open({ ...options, netns: network.client.netns.path })
    // A failure is reported at once, without waiting for the events.
    const failed = new AbortController()
    const using = use(network)
    using.catch(() => failed.abort())
    for await (const event of stream.read({ signal: failed.signal })) {
      events.push(event)
      if (isLast(event)) break
    }
    await using
    return events
  } finally {
    await removeNetwork(network)
  }
}

test.serial('a connection is told of as it opens, is established and closes', async (t) => {
  const events = await eventsOf(
    {},
    async ({ client, server }) => {
      const serving = await serveTcp(server.netns, 8080, 10)
      await connectTcp(client.netns, { addresses: [server.ipv6], port: 8080, connections: 1, bytes: 10 })
      await serving.stop()
    },
    ({ type }) => type === 'closed',
  )
  t.deepEqual(
    events.map(({ type }) => type),
    ['opened', 'established', 'closed'],
  )
  for (const event of events) {
    if (event.type === 'lost' || event.type === 'dropped') continue
    t.like(event, { opener: 'local', command: 'node', remoteAddress: 'fd00:198:18::2', remotePort: 8080, ipVersion: 6 })
    t.true((event.pid ?? 0) > 0)
  }
  const [opened, established, closed] = events
  if (opened?.type !== 'opened' || established?.type !== 'established' || closed?.type !== 'closed') return t.fail()
  t.is(established.openedAt, opened.openedAt)
  t.is(opened.openedAt, opened.time)
  t.is(opened.state, 'CLOSE')
  t.is(opened.establishedAt, undefined)
  t.true(opened.localPort > 0)
  t.deepEqual([established.localPort, closed.localPort], [opened.localPort, opened.localPort])
  t.is(established.state, 'SYN_SENT')
  t.true((closed.duration ?? 0) > 0)
  t.true((closed.rtt?.smoothed ?? 0) > 0)
})

test.serial('a reset is told of with its direction, and of a SYN that is sent again its kind', async (t) => {
  const refused = await eventsOf(
    { types: ['reset', 'closed'] },
    async ({ client, server }) => {
      await runInside(
        client.netns,
        `import { connect } from 'node:net'
         connect(9, '${server.ipv4}').on('error', () => {})`,
      )
    },
    ({ type }) => type === 'closed',
  )
  t.like(refused, [
    { type: 'reset', direction: 'received', remotePort: 9, state: 'SYN_SENT', command: 'node' },
    { type: 'closed', closedFrom: 'SYN_SENT', opener: 'local' },
  ])
  let stop = () => {}
  const told = new Promise<void>((resolve) => {
    stop = resolve
  })
  const [opened, again] = await eventsOf(
    { types: ['opened', 'retransmitted'] },
    async ({ client, server }) => {
      blackHole(client, server.ipv4)
      const connecting = keepConnecting(client.netns, server.ipv4, 8080)
      await told
      await connecting.stop()
    },
    ({ type }) => {
      if (type === 'retransmitted') stop()
      return type === 'retransmitted'
    },
  )
  t.like(opened, { type: 'opened', remotePort: 8080, state: 'CLOSE', command: 'node' })
  t.like(again, { type: 'retransmitted', kind: 'syn', segments: 1, bytes: 0, state: 'SYN_SENT', command: 'node' })
})

test.serial('a connection that has closed leaves its place among maxSockets to another', async (t) => {
  const isUnknown = (event: ConnectionEvent) => event.type === 'opened' && event.opener === 'unknown'
  let closed = 0
  const events = await eventsOf(
    { types: ['opened', 'closed'], maxSockets: 1 },
    async ({ client, server }) => {
      // A socket that stays open keeps the next one from getting the memory of the last, by whose address the kernel's
      // programs identify it.
      perl(
        client.netns,
        `my @others;
         for (1..3) {
           socket my $socket, AF_INET, SOCK_STREAM, 0 or die $!;
           connect $socket, sockaddr_in(9, inet_aton '${server.ipv4}') and die 'somebody listens';
           close $socket;
           for (1..8) { socket my $other, AF_INET, SOCK_STREAM, 0 or die $!; push @others, $other }
         }`,
      )
    },
    (event) => isUnknown(event) || (event.type === 'closed' && ++closed === 3),
  )
  t.deepEqual(
    events.map((event) => [event.type, 'opener' in event && event.opener]),
    [1, 2, 3].flatMap(() => [
      ['opened', 'local'],
      ['closed', 'local'],
    ]),
  )
})

test.serial('a connection beyond maxSockets is told of as it becomes one, and not by whom', async (t) => {
  const events = await eventsOf(
    { types: ['opened', 'closed'], maxSockets: 1 },
    async ({ client, server }) => {
      const serving = await serveTcp(server.netns, 8080, 10)
      perl(
        client.netns,
        `sub connect_to { socket my $s, AF_INET, SOCK_STREAM, 0 or die $!; connect $s, sockaddr_in($_[0], inet_aton '${server.ipv4}'); $s }
         my $kept = connect_to 8080;
         close connect_to 9;
         close connect_to 8080;
         close $kept;`,
      )
      await serving.stop()
    },
    ({ type }) => type === 'closed',
  )
  t.deepEqual(
    events.map((event) => 'opener' in event && [event.type, event.opener, event.remotePort]),
    [
      ['opened', 'local', 8080],
      ['opened', 'unknown', 9],
      ['opened', 'unknown', 8080],
      ['closed', 'local', 8080],
    ],
  )
})

test.serial('events that found no room are counted in the stream', async (t) => {
  const network = await createNetwork(1)
  try {
    addAddresses(network)
    const { client, server } = network
    using stream = await ConnectionEvents.open({ netns: client.netns.path, ringSize: 4096 })
    const refused = (times: number) =>
      runInside(
        client.netns,
        `import { connect } from 'node:net'
         for (let i = 0; i < ${times}; i++) await new Promise((done) => connect(9, '${server.ipv4}').once('error', done))`,
      )
    // Three events each; 4096 bytes hold about thirty.
    await refused(30)
    const events: ConnectionEvent[] = []
    let more: ReturnType<typeof refused> | undefined
    let told = 0
    for await (const event of stream) {
      events.push(event)
      told += event.type === 'lost' ? event.count : 1
      // Not earlier: if these found no room either, no event would follow that says so.
      if (told === 30 * 3) more = refused(1)
      if (told >= 31 * 3) break
    }
    await more
    t.true(events.some((event) => event.type === 'lost' && event.count > 0))
    t.is(told, 31 * 3)
  } finally {
    await removeNetwork(network)
  }
})

test('a type of event that does not exist is refused by name, and an abort ends the iteration', async (t) => {
  await t.throwsAsync(connectionEvents({ types: ['magic' as never] }).next(), {
    instanceOf: RangeError,
    message: /magic/,
  })
  const signal = AbortSignal.timeout(100)
  for await (const event of connectionEvents({ signal, netns: '/proc/self/ns/net' })) t.not(event.type, 'dropped')
  t.true(signal.aborted)
})
