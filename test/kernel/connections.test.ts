import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { type Connection, type SocketTotals, TcpMonitor, type TcpSnapshot } from 'ebpf/tcp'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import { addAddresses, type DemoNetwork, type Side } from '../../lib/cli/demo/network.js'
import { silence, withNetwork } from '../helpers/demo-network.js'
import '../helpers/no-leaks.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { perl } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'
import { connectTcp, keepTalking, runInside, serveTcp } from '../helpers/traffic.js'

const sum = (snapshots: readonly TcpSnapshot[], of: (totals: SocketTotals) => number) =>
  snapshots.reduce((total, { sockets }) => total + (sockets ? of(sockets.totals) : 0), 0)

const rowsOf = (snapshots: readonly TcpSnapshot[]): Connection[] =>
  snapshots.flatMap(({ sockets }) => sockets?.connections ?? [])

/** What must be equal in any namespace, whatever happened. */
function equalTheKernels(t: ExecutionContext, snapshots: readonly TcpSnapshot[], side: DemoNetwork['client']) {
  const kernel = (counter: `${string}: ${string}`) => protocolCounter(side.netns, counter)
  t.is(
    sum(snapshots, (totals) => totals.openedLocally),
    kernel('Tcp: ActiveOpens'),
  )
  t.is(
    sum(snapshots, (totals) => totals.openedRemotely),
    kernel('Tcp: PassiveOpens'),
  )
  t.is(
    sum(snapshots, (totals) => totals.aborted),
    kernel('Tcp: EstabResets'),
  )
  t.is(
    sum(snapshots, (totals) => totals.closed - totals.established),
    kernel('Tcp: AttemptFails'),
  )
  t.true(snapshots.every(({ sockets }) => sockets?.lost.connections === 0 && sockets.lost.incidents === 0))
}

test.serial('what connections sent, and how many there were, equals the kernel’s own counts', (t) =>
  withNetwork(async (network) => {
    const { client, server } = network
    const sides = [client, server]
    const monitors = await Promise.all(
      sides.map(({ netns }) => TcpMonitor.open({ netns: netns.path, connections: true })),
    )
    try {
      addAddresses(network)
      const serving = await serveTcp(server.netns, 8080, 300_000)
      const snapshots = sides.map((): TcpSnapshot[] => [])
      const take = async () => {
        for (const [i, monitor] of monitors.entries()) snapshots[i]?.push(await monitor.snapshot())
      }
      const options = { addresses: [server.ipv4, server.ipv6], port: 8080 }
      const talking = connectTcp(client.netns, { ...options, connections: 5, bytes: 200_000 }).then(() => true)
      while (!(await Promise.race([talking, sleep(100, false)]))) await take()
      await silence(network)
      await serving.stop()
      for (const [i, monitor] of monitors.entries()) snapshots[i]?.push(await monitor.stop())
      for (const [i, side] of sides.entries()) {
        const own = snapshots[i] ?? []
        equalTheKernels(t, own, side)
        const rows = rowsOf(own)
        const total = (of: (row: Connection) => number) => rows.reduce((all, row) => all + of(row), 0)
        t.is(
          total((row) => row.segmentsSent),
          sum(own, (totals) => totals.segmentsSent),
        )
        // Each SYN-ACK was sent before there was a socket to count it, and TIME_WAIT acknowledges a retransmitted FIN.
        const others = sides.find((other) => other !== side) as Side
        const kernels = protocolCounter(side.netns, 'Tcp: OutSegs') + protocolCounter(side.netns, 'Tcp: RetransSegs')
        const afterwards = kernels - total((row) => row.segmentsSent) - protocolCounter(side.netns, 'Tcp: PassiveOpens')
        t.true(afterwards >= 0 && afterwards <= retransSegs(others.netns), `${afterwards}`)
        const sent = side === client ? 200_000 : 300_000
        t.is(
          total((row) => row.bytesSent - row.retransmitted.bytes),
          10 * sent,
        )
        const closed = rows.filter(({ closedAt }) => closedAt !== undefined)
        t.is(closed.length, 10)
        for (const row of closed) {
          t.is(row.opener, side === client ? 'local' : 'remote')
          t.is(row.state, 'CLOSE')
          t.is(row.command, 'node')
          t.true(Number.isInteger(row.pid))
          t.is(row.cgroup?.path, ownCgroup())
          t.true(row.netns === side.netns.inode)
          t.true((row.openedAt ?? Number.NaN) <= (row.establishedAt ?? Number.NaN))
          t.true((row.establishedAt ?? Number.NaN) <= (row.closedAt ?? Number.NaN))
          t.true(Math.abs((row.duration ?? Number.NaN) - ((row.closedAt ?? 0) - (row.openedAt ?? 0))) < 1)
          t.true((row.rtt?.smoothed ?? 0) > 0)
          t.true((row.rtt?.minimum ?? 0) > 0)
        }
        t.deepEqual([...new Set(closed.map(({ ipVersion }) => ipVersion))].sort(), [4, 6])
      }
    } finally {
      for (const monitor of monitors) monitor.close()
    }
  }),
)

test.serial('resets that were sent and received equal the kernel’s count, by reason', (t) =>
  withNetwork(async (network) => {
    const { client, server } = network
    const sides = [client, server]
    const monitors = await Promise.all(
      sides.map(({ netns }) => TcpMonitor.open({ netns: netns.path, connections: true })),
    )
    try {
      addAddresses(network)
      const serving = await serveTcp(server.netns, 8080, 10)
      await runInside(
        client.netns,
        `import { connect } from 'node:net'
         import { once } from 'node:events'
         for (const address of ['${server.ipv4}', '${server.ipv6}']) {
           // Nobody listens.
           for (let i = 0; i < 3; i++) await new Promise((done) => connect(9, address).once('error', done))
           for (let i = 0; i < 2; i++) {
             const socket = connect(8080, address)
             await once(socket, 'connect')
             socket.resetAndDestroy()
             await once(socket, 'close')
           }
         }`,
      )
      await silence(network)
      await serving.stop()
      const [ofClient, ofServer] = await Promise.all(monitors.map((monitor) => monitor.stop()))
      if (!ofClient || !ofServer) return t.fail()
      equalTheKernels(t, [ofClient], client)
      equalTheKernels(t, [ofServer], server)
      t.is(ofClient.sockets?.totals.resetsSent, protocolCounter(client.netns, 'Tcp: OutRsts'))
      t.is(ofClient.sockets?.totals.resetsSent, 4)
      t.is(ofClient.sockets?.totals.resetsReceived, 6)
      t.is(ofServer.sockets?.totals.resetsReceived, 4)
      // Before that, the kernel does not report resets that belong to no socket.
      const withoutSocket = isOlderThan('6.10') ? 0 : 6
      t.is(protocolCounter(server.netns, 'Tcp: OutRsts'), 6)
      t.is(ofServer.sockets?.totals.resetsSent, withoutSocket)
      const refused = rowsOf([ofServer]).filter(({ resetsSent }) => resetsSent > 0)
      t.is(refused.length, withoutSocket)
      t.true(refused.every(({ localPort, netns }) => localPort === 9 && netns === server.netns.inode))
      if (!isOlderThan('6.11')) {
        t.true(refused.every(({ resetReasons }) => resetReasons?.NO_SOCKET === 1))
        const reset = rowsOf([ofClient]).filter(({ resetsSent }) => resetsSent > 0)
        t.true(reset.every(({ resetReasons }) => resetReasons !== undefined))
      }
    } finally {
      for (const monitor of monitors) monitor.close()
    }
  }),
)

test.serial('a connection that is older than the monitor has an owner, and counts from then on', (t) =>
  withNetwork(async (network) => {
    const { client, server } = network
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 10)
    const talking = keepTalking(client.netns, server.ipv4, 8080)
    const outSegs = () =>
      protocolCounter(client.netns, 'Tcp: OutSegs') + protocolCounter(client.netns, 'Tcp: RetransSegs')
    while (outSegs() < 20) await sleep(20)
    const before = outSegs()
    using monitor = await TcpMonitor.open({ netns: client.netns.path, connections: true })
    const opened = outSegs()
    while (outSegs() < opened + 20) await sleep(20)
    const { sockets } = await monitor.stop()
    const now = outSegs()
    await talking.stop()
    await serving.stop()
    t.is(sockets?.connections.length, 1)
    const [row] = sockets?.connections ?? []
    if (!row) return t.fail()
    t.like(row, { opener: 'unknown', state: 'ESTABLISHED', command: 'node', remotePort: 8080, openedAt: undefined })
    t.true((row.pid ?? 0) > 0)
    t.true(row.segmentsSent >= 20 && row.segmentsSent <= now - before)
  }),
)

test.serial('a connection for which there is no port is none', (t) =>
  withNetwork(async (network) => {
    const { client, server } = network
    using monitor = await TcpMonitor.open({ netns: client.netns.path, connections: true })
    addAddresses(network)
    const connect = `socket my $s, AF_INET, SOCK_STREAM, 0 or die $!;
      push @sockets, $s; connect $s, sockaddr_in(8080, inet_aton '${server.ipv4}')`
    const serving = await serveTcp(server.netns, 8080, 10)
    perl(
      client.netns,
      `my @sockets; for (1..2) { ${connect} or die $! } ${connect} and die 'there was a port';`,
      'echo 50000 50001 > /proc/sys/net/ipv4/ip_local_port_range',
    )
    await silence(network)
    await serving.stop()
    const snapshot = await monitor.stop()
    equalTheKernels(t, [snapshot], client)
    t.is(snapshot.sockets?.totals.openedLocally, 2)
    t.deepEqual(
      rowsOf([snapshot])
        .map(({ localPort }) => localPort)
        .sort(),
      [50_000, 50_001],
    )
  }),
)

test.serial('what finds no room in a table is counted, and is in the totals once', (t) =>
  withNetwork(async (network) => {
    const { client, server } = network
    using monitor = await TcpMonitor.open({ netns: client.netns.path, connections: true, maxEntries: 2 })
    using roomy = await TcpMonitor.open({ netns: client.netns.path, connections: true })
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 1000)
    const snapshots: TcpSnapshot[] = []
    const inRoomy: TcpSnapshot[] = []
    const options = { addresses: [server.ipv4, server.ipv6], port: 8080, connections: 5, bytes: 1000 }
    for (let interval = 0; interval < 2; interval++) {
      await connectTcp(client.netns, options)
      await silence(network)
      snapshots.push(await monitor.snapshot())
      inRoomy.push(await roomy.snapshot())
    }
    await serving.stop()
    for (const [i, { sockets }] of snapshots.entries()) {
      // On a slow machine there may be another one, known from the table of retransmissions.
      t.is(sockets?.connections.filter((row) => row.segmentsSent > 0).length, 2)
      t.deepEqual(sockets?.tables.connections, { entries: 2, maxEntries: 2 })
      t.is(inRoomy[i]?.sockets?.lost.connections, 0)
      // Each of eight connections is established, closed, and perhaps reported while it talks or when it is released.
      t.true((sockets?.lost.connections ?? 0) >= 8)
    }
    snapshots.push(await monitor.stop())
    inRoomy.push(await roomy.stop())
    t.is(snapshots[2]?.sockets?.lost.connections, 0)
    // The kernel's OutSegs also has what no socket sends: on a slow machine a FIN is retransmitted and acknowledged in
    // TIME_WAIT.
    const counts = (own: readonly TcpSnapshot[]) => ({
      segmentsSent: sum(own, (totals) => totals.segmentsSent),
      dataSegmentsSent: sum(own, (totals) => totals.dataSegmentsSent),
      segmentsReceived: sum(own, (totals) => totals.segmentsReceived),
      bytesSent: sum(own, (totals) => totals.bytesSent),
      bytesAcked: sum(own, (totals) => totals.bytesAcked),
      bytesReceived: sum(own, (totals) => totals.bytesReceived),
    })
    t.true(counts(inRoomy).bytesSent >= 20_000)
    t.deepEqual(counts(snapshots), counts(inRoomy))
  }),
)

/** The cgroup of the processes that the tests start; undefined if no cgroup v2 is mounted. */
function ownCgroup(): string | undefined {
  if (!/ - cgroup2 /.test(readFileSync('/proc/self/mountinfo', 'utf8'))) return undefined
  return /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
}
