import test from 'ava'
import { TcpMonitor } from 'ebpf/tcp'
import { withLoopback } from '../helpers/demo-network.js'
import '../helpers/no-leaks.js'
import { bothEnds } from '../helpers/both-ends.js'
import { perlInSteps } from '../helpers/perl.js'

const [unshare, setns] = process.arch === 'arm64' ? [97, 268] : [272, 308]

/** Both ends in a namespace that only the two sockets keep alive. */
const nameless = `
  sub in_nameless { my ($run) = @_;
    open my $own, '<', '/proc/self/ns/net' or die $!;
    syscall(${unshare}, 0x40000000) == 0 or die "unshare: $!";
    system('ip link set lo up') == 0 or die 'lo stays down';
    $run->();
    my $inode = (stat '/proc/self/ns/net')[1];
    syscall(${setns}, fileno $own, 0x40000000) == 0 or die "setns: $!";
    $inode }
`

test.serial('connections of a namespace without name and process are followed while they live', (t) =>
  withLoopback(async (netns) => {
    const program = `${nameless} pause; my $inode = in_nameless(sub { eval <<'SOCKETS' // die $@ });
${bothEnds.replaceAll('my $', 'our $')}
join_both; 1
SOCKETS
      our ($client, $server); pause "$inode $$"; syswrite $client, 'x' x 1000 or die $!; pause 'said';
      syswrite $client, 'x' x 500 or die $!; pause 'again'`
    const steps = await perlInSteps(netns, program)
    try {
      const [inode, pid] = (await steps.next()).split(' ').map(Number)
      using monitor = await TcpMonitor.open({ connections: true })
      for (const bytes of [1000, 500]) {
        await steps.next()
        const connections = (await monitor.snapshot()).sockets?.connections ?? []
        const rows = connections.filter((row) => row.netns === inode)
        t.is(rows.length, 2)
        t.deepEqual(rows.map(({ bytesSent }) => bytesSent).sort(), [0, bytes])
        for (const row of rows) t.like(row, { pid, command: 'perl', opener: 'unknown', state: 'ESTABLISHED' })
      }
    } finally {
      await steps.stop()
    }
  }),
)
