import test from 'ava'
import type { Retransmit } from 'ebpf/retransmits'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import { EpochTable } from '../../lib/monitors/epoch-table.js'
import { retransmitDecoder } from '../../lib/monitors/retransmit-decoder.js'
import { type Attached, attachOnly } from '../helpers/attach-only.js'
import { silence, withAddresses } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import '../helpers/no-leaks.js'
import { perlInSteps } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'

async function rowsOf({ object }: Attached): Promise<Retransmit[]> {
  if (!object.btf) throw new TypeError('the retransmit program has no BTF')
  const rows: Retransmit[] = []
  const tables = ['retransmit_table_a', 'retransmit_table_b'] as const
  await new EpochTable(object, { slot: 'retransmit_epochs', tables }).swap(retransmitDecoder(object.btf)(rows))
  return rows
}

/** Perl that connects `$data` to the server, and `$opening` to an address that nobody answers for. */
const clientProgram = (server: string) => `
  socket my $data, AF_INET, SOCK_STREAM, 0 or die $!;
  connect $data, sockaddr_in(8080, inet_aton '${server}') or die $!;
  socket my $opening, AF_INET, SOCK_STREAM | 2048, 0 or die $!; # SOCK_NONBLOCK
  connect $opening, sockaddr_in(8080, inet_aton '203.0.113.1');
  pause 'connected';
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

test.serial(
  'what was not reported as it was sent again is counted when the connection closes or ends, or by the walk',
  (t) =>
    withAddresses(async (network) => {
      const { client, server } = network
      client.netns.ip(
        `route add 203.0.113.0/24 dev ${client.interface}`,
        `neighbour add 203.0.113.1 lladdr 02:00:00:00:00:99 dev ${client.interface}`,
      )
      const serving = await perlInSteps(server.netns, `pause; ${serverProgram}`)
      const talking = await perlInSteps(client.netns, `pause; ${clientProgram(server.ipv4)}`)
      await serving.next()
      await talking.next()
      const programs = ['retransmit_state', 'retransmit_state_again', 'retransmit_destroy', 'retransmit_destroy_again']
      const closing = await Promise.all(programs.map((program) => attachOnly('retransmit', [program], client.netns)))
      const walking = await attachOnly('retransmit', [], client.netns)
      try {
        const before = retransSegs(client.netns)
        const synsBefore = protocolCounter(client.netns, 'TcpExt: TCPSynRetrans')
        const syns = () => protocolCounter(client.netns, 'TcpExt: TCPSynRetrans') - synsBefore
        const segments = () => retransSegs(client.netns) - before
        const lossy = await LossyPath.create(network, 10_000)
        await talking.next()
        await eventually('the data was sent again twice', () => segments() - syns() >= 2)
        lossy[Symbol.dispose]()
        await serving.next()
        await eventually('the SYN was sent again', () => syns() > 0)
        await talking.next()
        const data = { remoteAddress: server.ipv4, segments: segments() - syns(), bytes: segments() - syns() }
        const opening = { remoteAddress: '203.0.113.1', segments: syns(), bytes: 0 }
        const told = async (attached: Attached) =>
          (await rowsOf(attached))
            .map(({ remoteAddress, segments, bytes }) => ({ remoteAddress, segments, bytes }))
            .sort((a, b) => a.remoteAddress.localeCompare(b.remoteAddress))
        await walking.walk()
        t.deepEqual(await told(walking), [data])
        await talking.next()
        await serving.next()
        for (const [i, each] of closing.entries()) t.deepEqual(await told(each), [data, opening], programs[i])
      } finally {
        for (const each of [...closing, walking]) each[Symbol.dispose]()
        await talking.stop()
        await serving.stop()
      }
    }),
)
