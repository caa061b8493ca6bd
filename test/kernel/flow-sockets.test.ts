import { FlowMonitor } from 'ebpf/flows'
import { addAddresses, createNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { perl, perlInSteps } from '../helpers/perl.js'
import { connectTcp, serveTcp } from '../helpers/traffic.js'

kernelTest('a flow has the socket that sends it: its process, its namespace, what it sent', {}, async (t) => {
  const network = await createNetwork(1)
  try {
    const { client, server } = network
    using monitor = await FlowMonitor.open({ netns: client.netns.path, interfaces: client.interface, sockets: true })
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 5000)
    const addresses = [server.ipv4, server.ipv6]
    await connectTcp(client.netns, { addresses, port: 8080, connections: 2, bytes: 3000 })
    // The server's namespace is reached through the server.
    const { flows, tcp } = await monitor.stop()
    await serving.stop()
    const ofTcp = flows.filter(({ protocol }) => protocol === 6)
    for (const { direction, socket, sourcePort, ipVersion } of ofTcp) {
      t.is(direction === 'egress', sourcePort !== 8080)
      // Both ends are on this machine: for incoming packets, the socket is the server's, in another namespace.
      const netns = direction === 'egress' ? client.netns : server.netns
      t.is(socket?.netns, netns.inode)
      t.is(socket?.ipVersion, ipVersion)
      t.is(socket?.localPort, sourcePort)
      t.is(socket?.command, 'node')
      t.is(socket?.opener, direction === 'egress' ? 'local' : 'remote')
      // A slow machine retransmits some of it.
      t.is((socket?.bytesSent ?? 0) - (socket?.retransmitted.bytes ?? 0), direction === 'egress' ? 3000 : 5000)
    }
    const ours = new Set([client.netns.inode, server.netns.inode])
    t.is(tcp?.sockets?.connections.filter(({ netns }) => ours.has(netns)).length, 8)
    t.true((tcp?.sockets?.totals.openedLocally ?? 0) >= 4)
  } finally {
    await removeNetwork(network)
  }
})

kernelTest('what is followed of sockets is chosen, and checked', {}, async (t) => {
  const network = await createNetwork(1)
  try {
    const { client } = network
    const options = { netns: client.netns.path, interfaces: client.interface }
    using monitor = await FlowMonitor.open({ ...options, sockets: { drops: false, netns: client.netns.path } })
    const { tcp } = await monitor.stop()
    t.deepEqual(tcp?.sockets?.drops, [])
    using plain = await FlowMonitor.open(options)
    t.is((await plain.stop()).tcp, undefined)
    await t.throwsAsync(FlowMonitor.open({ ...options, sockets: 5 as never }), {
      message: /sockets must be an object, not 5/,
    })
    await t.throwsAsync(FlowMonitor.open({ ...options, sockets: { maxSockets: 0 } }), { message: /maxSockets.*0/ })
  } finally {
    await removeNetwork(network)
  }
})

kernelTest(
  'a flow does not get the socket of an unrelated namespace that has the same addresses and ports',
  {},
  async (t) => {
    const network = await createNetwork(1)
    const unrelated = await createNetwork(1)
    try {
      const { client, server } = network
      const clients = [client, unrelated.client]
      using monitor = await FlowMonitor.open({
        netns: clients.map(({ netns }) => netns.path),
        interfaces: client.interface,
        sockets: true,
      })
      for (const one of [network, unrelated]) addAddresses(one)
      const serving = await perlInSteps(
        server.netns,
        `socket my $listener, AF_INET, SOCK_STREAM, 0 or die $!;
       bind $listener, sockaddr_in(8080, INADDR_ANY) or die $!;
       listen $listener, 9 or die $!;
       pause; accept my $server, $listener or die $!; sysread $server, my $x, 1 or die $!; pause 'accepted'`,
      )
      try {
        perl(
          client.netns,
          `socket my $client, AF_INET, SOCK_STREAM, 0 or die $!;
         bind $client, sockaddr_in(9000, INADDR_ANY) or die $!;
         connect $client, sockaddr_in(8080, inet_aton '${server.ipv4}') or die $!;
         syswrite $client, 'x' or die $!`,
        )
        await serving.next()
        // A segment of the same connection, from a raw socket: to the unrelated client it is one of a remote host.
        const [from, to] = [unrelated.server.ipv4, unrelated.client.ipv4]
        perl(
          unrelated.server.netns,
          `socket my $raw, AF_INET, SOCK_RAW, 255 or die $!;
         send $raw, pack('C C n n n C C n a4 a4 n n N N C C n n n', 0x45, 0, 40, 1, 0, 64, 6, 0, inet_aton('${from}'),
           inet_aton('${to}'), 8080, 9000, 1, 1, 0x50, 0x10, 1000, 0, 0), 0, sockaddr_in(0, inet_aton '${to}') or die $!`,
        )
        const { flows, tcp } = await monitor.snapshot()
        const answers = flows.filter(({ protocol, sourcePort }) => protocol === 6 && sourcePort === 8080)
        t.deepEqual(
          clients.map(({ netns }) =>
            answers.filter((flow) => flow.netns === netns.path).map(({ socket }) => socket?.netns),
          ),
          [[server.netns.inode], [undefined]],
        )
        t.true(tcp?.sockets?.connections.some(({ netns }) => netns === server.netns.inode))
      } finally {
        await serving.stop()
      }
    } finally {
      await removeNetwork(network)
      await removeNetwork(unrelated)
    }
  },
)
