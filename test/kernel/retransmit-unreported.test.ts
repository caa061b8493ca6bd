import test from 'ava'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import { type Attached, attachOnly, retransmitRows } from '../helpers/attach-only.js'
import { blackHole } from '../helpers/black-hole.js'
import { silence, withAddresses } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import '../helpers/no-leaks.js'
import { perlInSteps } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'

/** Perl that opens a connection to the server, sends a byte on it and begins another to an address where nobody is. */
const clientProgram = (server: string) => `
  socket my $data, AF_INET, SOCK_STREAM, 0 or die $!;
  connect $data, sockaddr_in(8080, inet_aton '${server}') or die $!;
  pause 'connected';
  socket my $opening, AF_INET, SOCK_STREAM | 2048, 0 or die $!; # SOCK_NONBLOCK
  connect $opening, sockaddr_in(8080, inet_aton '203.0.113.1');
  syswrite $data, 'x' or die $!;
  pause 'sent';
  close $opening;
  pause 'given up';
  close $data;`

const serverProgram = `
  socket my $listener, AF_INET, SOCK_STREAM, 0 or die $!;
  bind $listener, sockaddr_in(8080, INADDR_ANY) or die $!;
  listen $listener, 9 or die $!;
  pause 'listening';
  accept my $data, $listener or die $!;
  sysread $data, my $byte, 1 or die $!;
  pause 'received';
  sysread $data, $byte, 1 and die 'there is more';
  close $data;`

const ofState = ['retransmit_state', 'retransmit_state_again']
const ofEnd = ['retransmit_destroy', 'retransmit_destroy_again']

test.serial('what no report told of is counted by the close, the end or the last walk, each alone', (t) =>
  withAddresses(async (network) => {
    const { client, server } = network
    const { netns } = client
    netns.ip(`route add 203.0.113.0/24 dev ${client.interface}`)
    blackHole(client, '203.0.113.1')
    const serving = await perlInSteps(server.netns, `pause; ${serverProgram}`)
    const talking = await perlInSteps(netns, `pause; ${clientProgram(server.ipv4)}`)
    await serving.next()
    await talking.next()
    using walking = await attachOnly('retransmit', [], netns)
    const closing = await Promise.all(
      [...ofState, ...ofEnd].map((program) => attachOnly('retransmit', [program], netns)),
    )
    try {
      t.is(retransSegs(netns), 0)
      const syns = () => protocolCounter(netns, 'TcpExt: TCPSynRetrans')
      const lossy = await LossyPath.create(network, 10_000)
      await talking.next()
      await eventually('the data was sent again twice', () => retransSegs(netns) - syns() >= 2)
      lossy[Symbol.dispose]()
      await serving.next()
      await eventually('the SYN was sent again', () => syns() > 0)
      await talking.next()
      const sentAgain = retransSegs(netns) - syns()
      const data = { remoteAddress: server.ipv4, segments: sentAgain, bytes: sentAgain, syns: 0 }
      const opening = { remoteAddress: '203.0.113.1', segments: syns(), bytes: 0, syns: syns() }
      await walking.walk()
      t.deepEqual(await told(walking), [data])
      await talking.next()
      await serving.next()
      await silence(network)
      for (const [i, program] of ofState.entries()) t.deepEqual(await told(closing[i]), [data, opening], program)
      // These programs do not know sockets that have begun since.
      for (const [i, program] of ofEnd.entries()) t.deepEqual(await told(closing[ofState.length + i]), [data], program)
    } finally {
      for (const each of closing) each[Symbol.dispose]()
      await talking.stop()
      await serving.stop()
    }
  }),
)

async function told(attached: Attached | undefined) {
  if (!attached) throw new Error('it was not attached')
  return (await retransmitRows(attached))
    .map(({ remoteAddress, segments, bytes, syns }) => ({ remoteAddress, segments, bytes, syns }))
    .sort((a, b) => a.remoteAddress.localeCompare(b.remoteAddress))
}
