import test from 'ava'
import { type Connection, type SocketTotals, TcpMonitor, type TcpSnapshot } from 'ebpf/tcp'
import { blackHole } from '../helpers/black-hole.js'
import { silence, withAddresses } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import { countedBy, type Kernel, withFollower } from '../helpers/follow-connections.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import '../helpers/no-leaks.js'
import { perl, perlInSteps } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'

/**
 * What happened to each row's connections: who opened it, in which state it was closed, and whether it was established.
 */
type Life = readonly [opener: Connection['opener'], closedFrom: Connection['closedFrom'], isEstablished: boolean]

interface Transition {
  readonly program: string
  /** For each connection that has ended, in any order. */
  readonly lives: readonly Life[]
  /** By how much the sockets count less than the kernel does. */
  readonly beside?: Partial<Kernel> | ((kernel: Kernel) => Partial<Kernel>)
  /** A filter drops segments that come to a socket: the kernel counts them in InSegs, the socket does not. */
  readonly filtered?: boolean
}

// setsockopt(2) at level IPPROTO_TCP, by its number in include/uapi/linux/tcp.h.
const options = `
  sub set_tcp { my ($socket, $option, $value) = @_; setsockopt $socket, 6, $option, $value or die "TCP option $option: $!" }
  sub put { my ($file, $value) = @_; open my $f, '>', "/proc/sys/net/ipv4/$file" or die $!; print $f $value; close $f or die $! }
  sub new_client { socket my $s, AF_INET, SOCK_STREAM, 0 or die $!; setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1 or die $!; $client = $s }
  sub client_port { new_client; bind $client, sockaddr_in($_[0], INADDR_LOOPBACK) or die $! }
  sub wait_a_while { select undef, undef, undef, $_[0] }
`

// SOCK_DESTROY of include/uapi/linux/sock_diag.h, which ss -K sends. It runs in a process of its own, for a socket's
// two ports.
const destroy = `
  sub destroy { my ($from, $to) = @_;
    my $pid = fork // die $!;
    if (!$pid) {
      socket my $diag, 16, SOCK_RAW, 4 or die $!;
      my $lo = pack 'a16', INADDR_LOOPBACK;
      my $id = pack('n n', $from, $to) . $lo . $lo . pack('L L L', 0, 0xffffffff, 0xffffffff);
      send $diag, pack('L S S L L', 72, 21, 5, 1, 0) . pack('C C C C L', AF_INET, 6, 0, 0, 0xffffffff) . $id, 0 or die $!;
      recv $diag, my $answer, 4096, 0 // die $!;
      exit -unpack 'x16 l', $answer;
    }
    waitpid $pid, 0; $? and die 'destroy: ', $? >> 8 }
`

/** Expected for a reset that no socket sends. */
const silentReset = isOlderThan('6.10') ? 1 : 0

const closedByPeer: readonly Life[] = [
  ['local', 'FIN_WAIT2', true],
  ['remote', 'LAST_ACK', true],
]

/** If the kernel has no MPTCP, the connection is plain TCP. */
const overMptcp = `
  sub mptcp { socket($_[0], AF_INET, SOCK_STREAM, 262) or socket($_[0], AF_INET, SOCK_STREAM, 0) or die $! }
  close $listener; mptcp $listener;
  setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1 or die $!;
  bind $listener, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
  listen $listener, 9 or die $!;
  mptcp $client; join_both; talk; pause 'told'; talk; finish; wait_a_while 1`

const plainSocket = (variable: string) => `socket ${variable}, AF_INET, SOCK_STREAM, 0 or die $!`

/** Each in its own namespace, whose sysctls it may set. */
const transitions: Record<string, Transition> = {
  'a SYN that nobody answers, closed': {
    program: `new_client; client_to_nowhere; close $client`,
    lives: [['local', 'SYN_SENT', false]],
    // The SYN comes back.
    beside: { InSegs: 1 },
  },
  'a SYN that nobody answers, timed out': {
    program: `new_client; set_tcp $client, 18, 100; client_to_nowhere; wait_a_while 0.1 until getsockopt_error();`,
    lives: [['local', 'SYN_SENT', false]],
    beside: { InSegs: 2 },
  },
  'a SYN that is refused': {
    program: `new_client; connect $client, sockaddr_in(9, INADDR_LOOPBACK) and die 'somebody listens'; close $client`,
    lives: [['local', 'SYN_SENT', false]],
    beside: { OutSegs: 1, InSegs: 1, OutRsts: silentReset },
  },
  'both ways shut down at once': {
    program: `join_both; talk; shutdown $client, 2; end_of $server; shutdown $server, 2; close $server; close $client`,
    lives: closedByPeer,
  },
  'both ends closed at once': {
    program: `join_both; talk; finish`,
    lives: closedByPeer,
  },
  'two that open a connection at once': {
    program: `client_port 8081; connect $client, sockaddr_in(8081, INADDR_LOOPBACK) or die $!; pause 'told'; $server = $client; talk; abort`,
    lives: [['local', 'ESTABLISHED', true]],
    // The kernel does not count a SYN-ACK that answers a SYN which crossed it, and the socket does not count a SYN.
    beside: { OutSegs: -1, InSegs: 1 },
  },
  'opened by a SYN cookie': {
    program: `put 'tcp_syncookies', 2; join_both; talk; finish`,
    lives: closedByPeer,
  },
  'opened by TCP Fast Open': {
    program: `fast_open; talk; finish`,
    lives: closedByPeer,
  },
  'opened by TCP Fast Open when it first sends': {
    program: `accept_fast; new_client; set_tcp $client, 30, 1; connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!; pause 'told';
      syswrite $client, 'x' or die $!; accept $server, $listener or die $!; sysread $server, my $x, 1 or die $!; talk; finish`,
    lives: closedByPeer,
  },
  'to be opened when it first sends, which it never does': {
    program: `accept_fast; new_client; set_tcp $client, 30, 1; connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!; pause 'told';
      close $client`,
    lives: [],
  },
  'of MPTCP': { program: overMptcp, lives: closedByPeer },
  'timed out': {
    program: `join_both; talk; system 'ip link set lo down'; set_tcp $client, 18, 100; syswrite $client, 'x' or die $!;
      wait_a_while 0.1 until getsockopt_error(); system 'ip link set lo up'; close $client; close $server`,
    lives: [
      ['local', 'ESTABLISHED', true],
      ['remote', 'FIN_WAIT1', true],
    ],
    // The server's FIN does not find a socket.
    beside: { OutSegs: 1, InSegs: 1, OutRsts: silentReset },
  },
  'never accepted, the listener closed': {
    program: `connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!; pause 'told'; close $listener; close $client`,
    lives: [
      ['local', 'ESTABLISHED', true],
      ['remote', 'ESTABLISHED', true],
    ],
  },
  'in the place of one in TIME_WAIT': {
    program: `client_port 9000; join_both; talk; finish_by_server; client_port 9000; join_both; talk; finish_by_server`,
    lives: [
      ['local', 'LAST_ACK', true],
      ['remote', 'FIN_WAIT2', true],
    ],
  },
  'destroyed by another process': {
    program: `client_port 9000; join_both; talk; destroy 9000, 8080; close $client`,
    lives: [
      ['local', 'ESTABLISHED', true],
      ['remote', 'ESTABLISHED', true],
    ],
  },
  'two sockets that connect to each other at once': {
    program: `crossing; hear $client; hear $server; wait_for_state $client, 1; wait_for_state $server, 1; talk; finish`,
    lives: [
      ['local', 'FIN_WAIT2', true],
      ['local', 'LAST_ACK', true],
    ],
    // The first SYN finds no socket yet: its reset is nobody's. As above for each SYN that is retransmitted: if both ends do that
    // before either hears of it, both answer.
    beside: ({ RetransSegs }) => ({ OutSegs: 1 - RetransSegs, OutRsts: silentReset }),
    filtered: true,
  },
  'closed before the last acknowledgement of its handshake': {
    program: `crossing; hear $server; wait_for_state $server, 3; close $server; close $client; wait_a_while 2.5`,
    lives: [
      ['local', 'FIN_WAIT1', false],
      ['local', 'SYN_SENT', false],
    ],
    beside: { OutSegs: 1, OutRsts: 2 * silentReset },
    filtered: true,
  },
  'disconnected before its SYN is answered': {
    program: `new_client; client_to_nowhere; disconnect; fcntl $client, 4, 0; join_both; talk; finish`,
    lives: [['local', 'SYN_SENT', false], ...closedByPeer],
    beside: { InSegs: 1 },
  },
  'half closed, its rest reset at once by TCP_LINGER2': {
    program: `join_both; talk; setsockopt $client, 6, 8, pack 'i', -1 or die $!; shutdown $client, 1; end_of $server;
      wait_for_state $client, 5; close $client; close $server`,
    lives: [
      ['local', 'FIN_WAIT2', true],
      ['remote', 'CLOSE_WAIT', true],
    ],
  },
  'both ends closed, the FINs crossing': {
    program: `join_both; talk; wait_a_while 0.1; deafen $client; shutdown $server, 1; shutdown $client, 1;
      wait_for_state $server, 11; hear $client; wait_a_while 1; close $client; close $server`,
    lives: [
      ['local', 'FIN_WAIT2', true],
      ['remote', 'CLOSING', true],
    ],
    filtered: true,
  },
  'closed, its FIN never acknowledged': {
    program: `put 'tcp_orphan_retries', 1; join_both; talk; wait_a_while 0.1; deafen $server; close $client; wait_a_while 2; hear $server; close $server`,
    lives: [
      ['local', 'FIN_WAIT1', true],
      ['remote', 'FIN_WAIT1', true],
    ],
    // The server's FIN does not find a socket.
    beside: { OutSegs: 1, OutRsts: silentReset },
    filtered: true,
  },
  'whose peer answers no keepalive': {
    program: `join_both; talk; wait_a_while 0.1; setsockopt $client, SOL_SOCKET, SO_KEEPALIVE, 1 or die $!;
      set_tcp $client, $_, 1 for 4, 5, 6; deafen $server; wait_a_while 0.1 until getsockopt_error();
      hear $server; close $client; close $server`,
    lives: [
      ['local', 'ESTABLISHED', true],
      ['remote', 'FIN_WAIT1', true],
    ],
    // The server's FIN does not find a socket.
    beside: { OutSegs: 1, OutRsts: silentReset },
    filtered: true,
  },
  'of MPTCP, accepted as plain TCP': {
    program: overMptcp.replace('mptcp $listener', plainSocket('$listener')),
    lives: closedByPeer,
  },
  'of plain TCP, accepted by MPTCP': {
    program: overMptcp.replace('mptcp $client', plainSocket('$client')),
    lives: closedByPeer,
  },
  'opened by TCP Fast Open to a server that does not accept it': {
    program: `put 'tcp_fastopen', 5; defined send $client, 'x', 0x20000000, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
      accept $server, $listener or die $!; sysread $server, my $x, 1 or die $!; talk; finish`,
    lives: closedByPeer,
  },
  'restored by TCP_REPAIR': {
    program: `client_port 9000; join_both; talk; pause 'told'; move_to_another; talk; finish`,
    lives: [
      ['local', 'ESTABLISHED', true],
      ['unknown', 'FIN_WAIT2', true],
      ['remote', 'LAST_ACK', true],
    ],
  },
}

const programs = `
  sub client_to_nowhere {
    system 'ip route add 192.0.2.0/24 dev lo' and die 'no route';
    require Fcntl; fcntl $client, 4, SOCK_NONBLOCK or die $!;
    connect $client, sockaddr_in(80, inet_aton '192.0.2.1') and die 'somebody answers' }
  # A socket filter that drops every segment: SO_ATTACH_FILTER with "ret #0", SO_DETACH_FILTER.
  sub deafen { my $drop = pack 'S C C L', 6, 0, 0, 0; setsockopt $_[0], SOL_SOCKET, 26, pack 'S x6 P', 1, $drop or die $! }
  sub hear { setsockopt $_[0], SOL_SOCKET, 27, pack 'i', 0 or die $! }
  # The first byte of struct tcp_info
  sub wait_for_state { wait_a_while 0.05 until $_[1] == unpack 'C', getsockopt $_[0], 6, 11 }
  # Two sockets whose SYNs are on their way; neither hears anything.
  sub crossing {
    require Fcntl;
    close $listener;
    my @ports = (8081, 8082);
    for (0, 1) {
      client_port $ports[$_]; deafen $client; fcntl $client, 4, SOCK_NONBLOCK or die $!;
      connect $client, sockaddr_in($ports[1 - $_], INADDR_LOOPBACK); $server = $client if !$_ }
    fcntl $_, 4, 0 for $client, $server }
  sub getsockopt_error { unpack 'i', getsockopt $client, SOL_SOCKET, 4 }
  # 1 the client's, 2 the server's, 4 and 0x200 without a cookie
  sub accept_fast { put 'tcp_fastopen', 0x207; set_tcp $listener, 23, 5 }
  sub fast_open {
    accept_fast;
    defined send $client, 'x', 0x20000000, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
    accept $server, $listener or die $!;
    sysread $server, my $x, 1 or die $! }
  # TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ. First both ends send their delayed acknowledgements: a segment that is not
  # acknowledged is sent again, finds no socket meanwhile, and is answered by a reset.
  sub move_to_another {
    select undef, undef, undef, 0.5;
    set_tcp $client, 19, 1;
    my @sequences = map { set_tcp $client, 20, $_; getsockopt $client, 6, 21 } 1, 2;
    my $timestamp = getsockopt $client, 6, 24;
    close $client;
    pause 'moving';
    new_client;
    set_tcp $client, 19, 1;
    for (1, 2) { set_tcp $client, 20, $_; set_tcp $client, 21, $sequences[$_ - 1] }
    bind $client, sockaddr_in(9000, INADDR_LOOPBACK) or die $!;
    connect $client, sockaddr_in(8080, INADDR_LOOPBACK) or die $!;
    # The other end takes no segment without a timestamp any more: TCP_REPAIR_OPTIONS, TCP_TIMESTAMP.
    setsockopt $client, 6, 22, pack 'LL', 8, 0 or die $!;
    setsockopt $client, 6, 24, $timestamp or die $!;
    set_tcp $client, 19, 0 }
`

const rowsOf = (snapshots: readonly TcpSnapshot[]): Connection[] =>
  snapshots.flatMap(({ sockets }) => sockets?.connections ?? [])

for (const [title, { program, lives, beside: given = {}, filtered = false }] of Object.entries(transitions)) {
  test.serial(`a connection has its row once and the sums hold: ${title}`, (t) =>
    withFollower(async (follow) => {
      const { snapshots, kernel } = await follow(`${options} ${destroy} ${programs} ${program}`)
      const counted = countedBy(snapshots, kernel)
      const beside = typeof given === 'function' ? given(kernel) : given
      t.deepEqual(counted, {
        ...kernel,
        OutSegs: kernel.OutSegs - (beside.OutSegs ?? 0),
        InSegs: kernel.InSegs - (beside.InSegs ?? 0),
        OutRsts: kernel.OutRsts - (beside.OutRsts ?? 0),
        ...(filtered && { InSegs: counted.InSegs }),
      })
      if (filtered) t.true(counted.InSegs < kernel.InSegs)
      const ended = rowsOf(snapshots).filter(({ closedAt }) => closedAt !== undefined)
      t.deepEqual(
        ended.map(({ opener, closedFrom, establishedAt }) => [opener, closedFrom, establishedAt !== undefined]).sort(),
        [...lives].map((life) => [...life]).sort(),
      )
    }),
  )
}

/**
 * The server's end of a connection that the client opens by TCP Fast Open, while none of the server's packets arrive.
 */
const halfOpen: Record<
  string,
  { serverDoes: string; owner: string | undefined; closedFrom: Connection['closedFrom'] }
> = {
  'accepted and closed before its handshake is over': {
    serverDoes: 'accept $server, $listener or die $!; sysread $server, my $x, 1; pause; close $server; pause',
    owner: 'perl',
    closedFrom: 'FIN_WAIT1',
  },
  'reset before its handshake is over': { serverDoes: 'pause', owner: undefined, closedFrom: 'SYN_RECV' },
}

for (const [title, { serverDoes, owner, closedFrom }] of Object.entries(halfOpen)) {
  test.serial(`a connection of TCP Fast Open has its row once and the sums hold: ${title}`, (t) =>
    withAddresses(async (network) => {
      const { client, server } = network
      using monitor = await TcpMonitor.open({ netns: server.netns.path, connections: true })
      const lost = blackHole(server, client.ipv4)
      const serving = await perlInSteps(
        server.netns,
        `my $client; ${options}
         put 'tcp_fastopen', 0x207;
         socket my $listener, AF_INET, SOCK_STREAM, 0 or die $!;
         bind $listener, sockaddr_in(8080, INADDR_ANY) or die $!;
         listen $listener, 9 or die $!;
         set_tcp $listener, 23, 5;
         pause; pause 'listening'; my $server; ${serverDoes} 'done'`,
      )
      try {
        await serving.next()
        perl(
          client.netns,
          `my $client; ${options} put 'tcp_fastopen', 0x207; new_client; require Fcntl; fcntl $client, 4, SOCK_NONBLOCK or die $!;
           defined send $client, 'x', 0x20000000, sockaddr_in(8080, inet_aton '${server.ipv4}') or die $!;
           wait_a_while 0.2`,
        )
        await serving.next()
        const kernel = (counter: string) => protocolCounter(server.netns, `Tcp: ${counter}`)
        await eventually('the server has it', () => kernel('PassiveOpens') === 1)
        const early = await monitor.snapshot()
        t.is(early.sockets?.totals.openedRemotely, 1)
        t.like(rowsOf([early]), [{ opener: 'remote', state: 'SYN_RECV', command: owner, closedAt: undefined }])
        if (owner) await serving.next()
        const middle = await monitor.snapshot()
        lost.end()
        await silence(network)
        const snapshots = [early, middle, await monitor.stop()]
        const total = (of: (totals: SocketTotals) => number) =>
          snapshots.reduce((sum, { sockets }) => sum + (sockets ? of(sockets.totals) : Number.NaN), 0)
        t.is(
          total(({ openedRemotely }) => openedRemotely),
          kernel('PassiveOpens'),
        )
        t.is(
          total(({ aborted }) => aborted),
          kernel('EstabResets'),
        )
        const ended = rowsOf(snapshots).filter(({ closedAt }) => closedAt !== undefined)
        t.like(ended, [{ opener: 'remote', closedFrom, command: owner, establishedAt: undefined }])
      } finally {
        await serving.stop()
      }
    }),
  )
}
