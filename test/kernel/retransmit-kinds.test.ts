import test from 'ava'
import { ConnectionEvents, type RetransmittedEvent, TcpMonitor } from 'ebpf/tcp'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import type { DemoNetwork, Side } from '../../lib/cli/demo/network.js'
import { closeAll } from '../../lib/internal/lifetime.js'
import { loadBundled } from '../../lib/monitors/shared/bundled.js'
import { attachOnly, retransmitRows } from '../helpers/attach-only.js'
import { blackHole } from '../helpers/black-hole.js'
import { withAddresses } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import '../helpers/no-leaks.js'
import { type PerlSteps, perlInSteps } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'

/**
 * Connections to the server. They are established at the client's first step; at its second, a byte is sent on each,
 * which the server reads.
 */
async function withConnections(
  { client, server }: DemoNetwork,
  connections: number,
  use: (sending: PerlSteps, receiving: PerlSteps) => Promise<void>,
): Promise<void> {
  const receiving = await perlInSteps(
    server.netns,
    `socket my $listener, AF_INET, SOCK_STREAM, 0 or die $!;
     bind $listener, sockaddr_in(8080, INADDR_ANY) or die $!;
     listen $listener, 9 or die $!;
     pause;
     my @sockets;
     for (1..${connections}) { accept my $socket, $listener or die $!; push @sockets, $socket }
     for (@sockets) { sysread $_, my $byte, 1 or die $! }
     pause 'received'`,
  )
  const sending = await perlInSteps(
    client.netns,
    `pause;
     my @sockets;
     for (1..${connections}) {
       socket my $socket, AF_INET, SOCK_STREAM, 0 or die $!;
       connect $socket, sockaddr_in(8080, inet_aton '${server.ipv4}') or die $!;
       push @sockets, $socket;
     }
     pause 'connected';
     for (@sockets) { syswrite $_, 'x' or die $! }
     pause 'sent'`,
  )
  try {
    await use(sending, receiving)
  } finally {
    await Promise.all([sending.stop(), receiving.stop()])
  }
}

/** This many events, in the order in which they arrive. */
async function take(stream: ConnectionEvents, count: number): Promise<RetransmittedEvent[]> {
  const events: RetransmittedEvent[] = []
  for await (const event of stream) {
    if (event.type !== 'retransmitted') throw new Error(`${event.type} was not asked for`)
    if (events.push(event) === count) break
  }
  return events
}

test.serial('the last segment of a connection is sent again by one tail loss probe, and then as data', (t) =>
  withAddresses(async (network) => {
    const { client } = network
    const { netns } = client
    using monitor = await TcpMonitor.open({ netns: netns.path })
    using events = await ConnectionEvents.open({ netns: netns.path, types: ['retransmitted'] })
    await withConnections(network, 1, async (sending, receiving) => {
      await sending.next()
      const lossy = await LossyPath.create(network, 10_000)
      await sending.next()
      await eventually('the byte was sent again twice', () => retransSegs(netns) >= 2)
      lossy[Symbol.dispose]()
      await receiving.next()
      const { retransmits } = await monitor.stop()
      const segments = retransSegs(netns)
      t.is(protocolCounter(netns, 'TcpExt: TCPLossProbes'), 1)
      t.is(retransmits.length, 1)
      const counts = { segments, bytes: segments, events: segments, tailLossProbes: 1, syns: 0, synAcks: 0 }
      t.like(retransmits[0], { ...counts, remotePort: 8080, state: 'ESTABLISHED' })
      t.deepEqual(
        (await take(events, segments)).map(({ kind, segments, bytes, state }) => ({ kind, segments, bytes, state })),
        Array.from({ length: segments }, (_, i) => ({
          kind: i === 0 ? 'tail-loss-probe' : 'data',
          segments: 1,
          bytes: 1,
          state: 'ESTABLISHED',
        })),
      )
    })
  }),
)

test.serial('a SYN-ACK that is sent again is counted once, also when nothing but its connection tells of it', (t) =>
  withAddresses(async (network) => {
    const { client, server } = network
    const { netns } = server
    using monitor = await TcpMonitor.open({ netns: netns.path })
    using events = await ConnectionEvents.open({ netns: netns.path, types: ['retransmitted'] })
    using late = await attachOnly('retransmit', ['retransmit_state'], netns)
    using lateAgain = await attachOnly('retransmit', ['retransmit_state_again'], netns)
    await withConnections(network, 1, async (sending) => {
      const lost = blackHole(server, client.ipv4)
      const connecting = sending.next()
      await eventually('the SYN-ACK was sent', () => protocolCounter(netns, 'Tcp: OutSegs') > 0)
      lost.end()
      await connecting
      await eventually('the connection was made', () => protocolCounter(netns, 'Tcp: CurrEstab') === 1)
      const synAcks = retransSegs(netns)
      t.true(synAcks > 0)
      t.is(protocolCounter(netns, 'TcpExt: TCPSynRetrans'), synAcks)
      // A request that has become a connection is forgotten: the next one with its tuple starts again.
      t.deepEqual([...monitor.object.map('retransmit_requests').keys()], [])
      const told = {
        localPort: 8080,
        segments: synAcks,
        synAcks,
        events: synAcks,
        bytes: 0,
        syns: 0,
        tailLossProbes: 0,
      }
      const { retransmits, totals } = await monitor.stop()
      t.deepEqual(totals, { segments: synAcks, events: synAcks, bytes: 0 })
      t.like(retransmits, [{ ...told, state: 'NEW_SYN_RECV', rtt: undefined }])
      for (const each of [late, lateAgain]) t.like(await retransmitRows(each), [{ ...told, state: 'SYN_RECV' }])
      const kinds = (await take(events, synAcks)).map(({ kind, segments, bytes, state, localPort }) => ({
        ...{ kind, segments, bytes, state, localPort },
      }))
      const event = { kind: 'syn-ack', segments: 1, bytes: 0, state: 'NEW_SYN_RECV', localPort: 8080 }
      t.deepEqual(kinds, new Array(synAcks).fill(event))
    })
  }),
)

test.serial('what finds the table of retransmissions full is lost, is told of once, and is in the totals', (t) =>
  withAddresses(async (network) => {
    const { netns } = network.client
    using monitor = await TcpMonitor.open({ netns: netns.path, maxEntries: 1 })
    await withConnections(network, 3, async (sending, receiving) => {
      await sending.next()
      const lossy = await LossyPath.create(network, 10_000)
      await sending.next()
      await eventually('each byte was sent again twice', () => retransSegs(netns) >= 6)
      const first = await monitor.snapshot()
      const before = retransSegs(netns)
      await eventually('each byte was sent again once more', () => retransSegs(netns) >= before + 3)
      const second = await monitor.snapshot()
      lossy[Symbol.dispose]()
      await receiving.next()
      const third = await monitor.snapshot()
      for (const { retransmits, lost, totals, table } of [first, second]) {
        t.deepEqual(table, { entries: 1, maxEntries: 1 })
        t.is(retransmits.length, 1)
        t.true(lost.segments > 0 && lost.events > 0 && lost.bytes > 0)
        t.is(totals.segments, lost.segments + (retransmits[0]?.segments ?? 0))
      }
      const segments = [first, second, third].reduce((sum, { totals }) => sum + totals.segments, 0)
      const bytes = [first, second, third].reduce((sum, { totals }) => sum + totals.bytes, 0)
      t.deepEqual({ segments, bytes }, { segments: retransSegs(netns), bytes: retransSegs(netns) })
      const nothing = { events: 0, segments: 0, bytes: 0 }
      t.like(await monitor.stop(), { retransmits: [], lost: nothing, totals: nothing })
    })
  }),
)

/** Drops all TCP that leaves an interface: the sender gets an error, and the kernel has counted it. */
async function refuseAll({ netns, interface: name }: Side): Promise<Disposable> {
  const object = await loadBundled('drop', (opened) => {
    opened.globals.drop_per_10000 = 10_000
  })
  const link = object.program('drop_some').attachTc({ interface: name, netns: netns.path, direction: 'egress' })
  return { [Symbol.dispose]: () => closeAll([link, object]) }
}

test.serial('a retransmission that this machine refuses to send is counted as the kernel does, and is no event', (t) =>
  withAddresses(async (network) => {
    const { client } = network
    const { netns } = client
    using monitor = await TcpMonitor.open({ netns: netns.path })
    using events = await ConnectionEvents.open({ netns: netns.path, types: ['retransmitted'] })
    // It knows the connection only by its reports, which include failures since 6.17.
    using byReports = await attachOnly('retransmit', ['retransmit_skb_tp'], netns)
    await withConnections(network, 1, async (sending, receiving) => {
      await sending.next()
      // A segment that is refused at once is not sent, and so not retransmitted: the first one must be lost on its way.
      const lossy = await LossyPath.create(network, 10_000)
      await sending.next()
      const refused = await refuseAll(client)
      const from = Date.now()
      const before = retransSegs(netns)
      await eventually('the byte was sent again twice', () => retransSegs(netns) >= before + 2)
      const until = Date.now()
      refused[Symbol.dispose]()
      lossy[Symbol.dispose]()
      await receiving.next()
      const segments = retransSegs(netns)
      const { retransmits } = await monitor.stop()
      t.like(retransmits, [{ segments, bytes: segments }])
      if (!isOlderThan('6.17')) t.like(await retransmitRows(byReports), [{ segments, bytes: segments }])
      for await (const { type, time } of events as AsyncIterable<RetransmittedEvent>) {
        t.is(type, 'retransmitted')
        t.false(from <= time && time < until, 'what was refused is an event')
        if (time >= until) break
      }
    })
  }),
)
