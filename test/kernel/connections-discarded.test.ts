import test, { type ExecutionContext } from 'ava'
import { TcpMonitor } from 'ebpf/tcp'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { blackHole } from '../helpers/black-hole.js'
import { bothEnds } from '../helpers/both-ends.js'
import { silence, withAddresses, withLoopback } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import '../helpers/no-leaks.js'
import { perl, perlInSteps } from '../helpers/perl.js'

const dropsOf = async (netns: NetworkNamespace, program: string) => {
  using monitor = await TcpMonitor.open({ netns: netns.path, connections: true, drops: true })
  perl(
    netns,
    `${bothEnds} sub set_tcp { setsockopt $_[0], 6, $_[1], $_[2] or die $! } ${program}; select undef, undef, undef, 0.2`,
  )
  const { sockets } = await monitor.snapshot()
  return {
    drops: sockets?.drops.map(({ reason, packets, bytes }) => ({ reason, packets, bytes })),
    ofRows: sockets?.connections.flatMap((row) => Object.keys(row.drops ?? {})),
    discarded: sockets?.discarded ?? Number.NaN,
  }
}

/** Nothing is lost in these; `isReported` says whether this kernel reports that it drops something. */
const healthy: Record<string, { program: string; isReported: boolean }> = {
  'a FIN that comes when the process has closed': {
    program: 'join_both; talk; close $server; end_of $client; close $client',
    isReported: true,
  },
  'the FIN of a socket whose other half is closed for long': {
    program: `join_both; talk; shutdown $server, 1; end_of $client; close $server; close $client`,
    isReported: true,
  },
  'probes of keepalive': {
    program: `join_both; talk; setsockopt $client, SOL_SOCKET, SO_KEEPALIVE, 1 or die $!; set_tcp $client, 4, 1;
      select undef, undef, undef, 1.3; finish`,
    isReported: !isOlderThan('5.18'),
  },
  // Before that, the acknowledgement looks like one that a full listener refuses.
  ...(!isOlderThan('6.11') && {
    'a handshake of which the last acknowledgement is not waited for (TCP_DEFER_ACCEPT)': {
      program: `set_tcp $listener, 9, 1; connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
        syswrite $client, 'x' or die $!; accept $server, $listener or die $!; sysread $server, my $x, 1 or die $!; talk; finish`,
      isReported: true,
    },
  }),
}

for (const [title, { program, isReported }] of Object.entries(healthy)) {
  test.serial(`no drop is: ${title}`, (t) =>
    withLoopback(async (netns) => {
      const { drops, ofRows, discarded } = await dropsOf(netns, program)
      t.deepEqual(drops, [])
      t.deepEqual(ofRows, [])
      if (isReported) t.true(discarded > 0, 'the kernel reported nothing: the test proves nothing')
    }),
  )
}

test.serial('data that nobody has read when its socket disconnects is dropped', (t) =>
  withLoopback(async (netns) => {
    const program = `join_both; syswrite $client, 'x' x 100 or die $!; select undef, undef, undef, 0.1;
      connect $server, pack 'S x14', 0 or die $!`
    const { drops } = await dropsOf(netns, program)
    const reason = isOlderThan('5.18') ? 'unknown' : drops?.[0]?.reason
    // IP, TCP with timestamps
    t.deepEqual(drops, [{ reason: reason ?? '', packets: 1, bytes: 20 + 32 + 100 }])
  }),
)

test.serial('a SYN that nobody waits for, and what belongs to no connection, is dropped', (t) =>
  withLoopback(async (netns) => {
    const { drops } = await dropsOf(
      netns,
      `connect $client, sockaddr_in(9, INADDR_LOOPBACK) and die 'somebody listens'`,
    )
    t.is(drops?.length, 1)
    if (!isOlderThan('5.18')) t.is(drops?.[0]?.reason, 'NO_SOCKET')
  }),
)

test.serial('data that is sent again though it has arrived is no drop', (t) =>
  withAddresses(async (network) => {
    const { client, server } = network
    using monitor = await TcpMonitor.open({ netns: server.netns.path, connections: true, drops: true })
    const address = `sockaddr_in(8080, inet_aton '${server.ipv4}')`
    const receiving = await perlInSteps(
      server.netns,
      `socket my $listener, AF_INET, SOCK_STREAM, 0 or die $!; bind $listener, sockaddr_in(8080, INADDR_ANY) or die $!;
       listen $listener, 9 or die $!; pause; pause 'listening'; accept my $server, $listener or die $!; pause 'accepted'; close $server; pause 'closed'`,
    )
    const sending = await perlInSteps(
      client.netns,
      `pause; socket my $s, AF_INET, SOCK_STREAM, 0 or die $!; connect $s, ${address} or die $!; pause 'connected';
       syswrite $s, 'x' x 100; pause 'sent'; close $s; pause 'closed'`,
    )
    try {
      await receiving.next()
      await sending.next()
      await receiving.next()
      const lost = blackHole(server, client.ipv4)
      await sending.next()
      const { netns } = client
      await eventually('it was sent again', () => retransSegs(netns) >= 2)
      lost.end()
      await sending.next()
      await receiving.next()
      await silence(network)
    } finally {
      await Promise.all([sending.stop(), receiving.stop()])
    }
    const { sockets } = await monitor.snapshot()
    equalNone(
      t,
      sockets?.drops.filter(({ protocol, netns }) => protocol === 'tcp' && netns === server.netns.inode),
    )
    // Before that, a packet that TCP frees does not tell its namespace.
    if (!isOlderThan('6.11')) t.true((sockets?.discarded ?? 0) >= 2)
  }),
)

function equalNone(t: ExecutionContext, drops: readonly { reason: string }[] | undefined) {
  t.deepEqual(
    drops?.map(({ reason }) => reason),
    [],
  )
}
