import { FlowMonitor } from 'ebpf/flows'
import { addAddresses, createNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { kernelTest } from '../helpers/kernel-test.js'
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
    await serving.stop()
    const { flows, tcp } = await monitor.stop()
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
