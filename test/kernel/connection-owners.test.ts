import test from 'ava'
import { type Connection, ConnectionEvents, TcpMonitor } from 'ebpf/tcp'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { bothEnds } from '../helpers/both-ends.js'
import { withLoopback } from '../helpers/demo-network.js'
import { runsIoUring } from '../helpers/io-uring.js'
import '../helpers/no-leaks.js'
import { perlInSteps } from '../helpers/perl.js'
import { runInside } from '../helpers/traffic.js'

type Owner = readonly [opener: Connection['opener'], command: string | undefined, pid: number | undefined]

const ownersOf = (rows: readonly Connection[]): Owner[] =>
  rows.map(({ opener, command, pid }): Owner => [opener, command, pid]).sort(([a], [b]) => a.localeCompare(b))

/**
 * What the program says at its pauses, `LOCAL PID REMOTE PID` by name and process, and the owners in the rows at that
 * time.
 */
async function follow(netns: NetworkNamespace, program: string): Promise<{ said: Owner[]; seen: Owner[] }[]> {
  using monitor = await TcpMonitor.open({ netns: netns.path, connections: true })
  const steps = await perlInSteps(netns, `pause; $^F = 255; ${bothEnds} ${program}`)
  const found: { said: Owner[]; seen: Owner[] }[] = []
  try {
    for (let said = await steps.next(); said !== ''; said = await steps.next()) {
      const words = said.split(' ')
      const { sockets } = await monitor.snapshot()
      found.push({
        said: (['local', 'remote'] as const)
          .map((opener, i): Owner => [opener, words[2 * i], Number(words[2 * i + 1])])
          .filter(([, command]) => command !== '-'),
        seen: ownersOf(sockets?.connections ?? []),
      })
    }
  } finally {
    await steps.stop()
  }
  return found
}

// A child waits until it is killed; what it has opened since is reported by the parent.
const children = `
  sub start { my ($run) = @_; pipe my $r, my $w or die $!; my $pid = fork // die $!;
    if (!$pid) { $run->(); syswrite $w, 'x'; close $w; sleep 100; exit }
    sysread $r, my $ready, 1 or die 'the child failed'; $pid }
  sub end { kill 'KILL', $_[0]; waitpid $_[0], 0 }
  sub growth { syswrite $client, 'x' or die $! }
`

const programs: Record<string, string> = {
  'a child that has inherited it': `
    join_both; pause "perl $$ perl $$";
    my $child = start(sub { close $client; close $listener }); close $server;
    growth; pause "perl $$ perl $child";
    end $child; pause "perl $$ perl $child"; close $client`,
  'the program that a child executes': `
    join_both; growth;
    my $child = fork // die $!; if (!$child) { close $client; exec 'sleep', '100' }
    close $server; select undef, undef, undef, 0.5;
    pause "perl $$ sleep $child"; end $child`,
  'a process that it was passed to': `
    my $parent = $$;
    pipe my $r, my $w or die $!; pipe my $done, my $say or die $!;
    my $child = fork // die $!;
    if (!$child) {
      sysread $r, my $fd, 9 or die $!;
      my $process = syscall 434, $parent, 0; $process >= 0 or die "pidfd_open: $!";
      my $own = syscall 438, $process, $fd + 0, 0; $own >= 0 or die "pidfd_getfd: $!";
      syswrite $say, 'x'; sleep 100; exit
    }
    join_both; growth; syswrite $w, fileno $client; sysread $done, my $x, 1 or die 'not passed'; close $client;
    pause "perl $child perl $$"; end $child; pause "perl $child perl $$"`,
  'a process that two have, and that stays its own': `
    my $child = start(sub {}); join_both; my $other = start(sub {}); growth;
    pause "perl $$ perl $$"; growth; pause "perl $$ perl $$"; end $_ for $child, $other`,
  'the process that has the socket of MPTCP above it': `
    sub mptcp { socket($_[0], AF_INET, SOCK_STREAM, 262) or socket($_[0], AF_INET, SOCK_STREAM, 0) or die $! }
    close $listener; mptcp $listener; setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1 or die $!;
    bind $listener, sockaddr_in(8080, INADDR_LOOPBACK) or die $!; listen $listener, 9 or die $!;
    mptcp $client; join_both; growth; pause "perl $$ perl $$";
    my $child = start(sub { close $client; close $listener }); close $server;
    growth; pause "perl $$ perl $child"; end $child`,
  'a process by its new name': `
    join_both; $0 = 'renamed'; pause "renamed $$ renamed $$"; $0 = 'again'; growth; pause "again $$ again $$"`,
}

for (const [title, program] of Object.entries(programs)) {
  test.serial(`a connection is of ${title}`, (t) =>
    withLoopback(async (netns) => {
      const found = await follow(netns, `${children} ${program}`)
      t.true(found.length > 0)
      for (const { said, seen } of found) t.deepEqual(seen, said)
    }),
  )
}

test.serial('a connection is of the process that lets io_uring connect and accept, not of the kernel’s thread', (t) =>
  withLoopback(async (netns) => {
    const found = await follow(
      netns,
      `${children} ${runsIoUring} ring_connect $client, sockaddr_in(8080, INADDR_LOOPBACK); $server = ring_accept $listener;
       pause "perl $$ perl $$"; growth; pause "perl $$ perl $$"`,
    )
    if (found.length === 0) return t.pass('there is no io_uring here')
    for (const { said, seen } of found) t.deepEqual(seen, said)
  }),
)

test.serial(
  'a connection that the kernel opens for itself is nobody’s, though it has a file and a process closes it',
  (t) =>
    withLoopback(async (netns) => {
      // The mount fails, because the server hangs up.
      const mount = process.arch === 'arm64' ? 40 : 165
      const found = await follow(
        netns,
        `my ($source, $target, $type, $options) = ("127.0.0.1\\0", "/mnt\\0", "9p\\0", "trans=tcp,port=8080\\0");
       pipe my $r, my $w or die $!;
       my $child = fork // die $!;
       if (!$child) {
         close $r; syscall ${mount}, $source, $target, $type, 0, $options; syswrite $w, $! + 0 if $! == 19 || $! == 1; exit
       }
       close $w;
       vec(my $ready = '', fileno $r, 1) = 1; vec($ready, fileno $listener, 1) = 1;
       select $ready, undef, undef, 20; exit 0 unless vec $ready, fileno $listener, 1;
       accept $server, $listener or die $!; sysread $server, my $version, 4 or die $!; close $server;
       waitpid $child, 0; pause "kernel 0 perl $$"`,
      )
      if (found.length === 0) return t.pass('there is no 9P over TCP here')
      for (const { said, seen } of found) {
        t.deepEqual(seen, [
          ['local', undefined, undefined],
          ['remote', said[1]?.[1], said[1]?.[2]],
        ])
      }
    }),
)

test.serial('a connection is of the process by its name, whatever its thread is called', (t) =>
  withLoopback(async (netns) => {
    using monitor = await TcpMonitor.open({ netns: netns.path, connections: true })
    using events = await ConnectionEvents.open({ netns: netns.path, types: ['established', 'closed'] })
    const pid = await runInside(
      netns,
      `import { writeFileSync } from 'node:fs'
       import { Worker } from 'node:worker_threads'
       writeFileSync('/proc/self/comm', 'the-process')
       const source = \`
         import { writeFileSync } from 'node:fs'
         import { createServer, connect } from 'node:net'
         writeFileSync('/proc/thread-self/comm', 'pool-1-thread-9')
         const server = createServer((socket) => socket.end('x')).listen(0, '127.0.0.1', () =>
           connect(server.address().port, '127.0.0.1').resume().once('close', () => server.close()))\`
       new Worker(source, { eval: true }).once('exit', () => console.log(process.pid))`,
    )
    const owner = { command: 'the-process', pid: Number(pid) }
    const { sockets } = await monitor.snapshot()
    t.deepEqual(ownersOf(sockets?.connections ?? []), [
      ['local', owner.command, owner.pid],
      ['remote', owner.command, owner.pid],
    ])
    let closed = 0
    for await (const event of events) {
      if (event.type === 'closed') t.like(event, owner)
      if (event.type === 'closed' && ++closed === 2) break
    }
  }),
)

test.serial('a connection that is never accepted is nobody’s', (t) =>
  withLoopback(async (netns) => {
    const program = `connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!; pause "perl $$"; close $listener; pause "perl $$"`
    for (const { seen } of await follow(netns, program)) {
      t.deepEqual(
        seen.map(([opener, command]) => [opener, command]),
        [
          ['local', 'perl'],
          ['remote', undefined],
        ],
      )
    }
  }),
)
