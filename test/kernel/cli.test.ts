import test from 'ava'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import { interrupt, startCommand } from '../helpers/command-line.js'
import { withAddresses, withLoopback } from '../helpers/demo-network.js'
import { connectTcp, sendDatagrams, serveTcp } from '../helpers/traffic.js'
import '../helpers/no-leaks.js'

/*
 * The commands on this kernel. How they handle options, snapshots and events is tested in the unit lane, and what the
 * page says in docs.
 */

/**
 * Each line of a command's JSON, starting before `traffic` and until, after it, Ctrl-C has ended the command with
 * status 0.
 */
async function linesDuring(args: readonly string[], traffic: () => Promise<unknown>) {
  const { child, ended, lines } = startCommand(...args, '--interval', '0.2', '--json')
  const objects = []
  let sending: Promise<unknown> | undefined
  for await (const line of lines) {
    objects.push(JSON.parse(line))
    sending ??= traffic().finally(() => interrupt(child))
  }
  await sending
  return { objects, ended: await ended }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

test('flows --json prints an object a line, of what its filters ask for, and Ctrl-C ends it with a last one', async (t) => {
  await withAddresses(async ({ client, server }) => {
    const where = ['-i', client.interface, '--netns', client.netns.path]
    const ports = ['--port', '10001,10003-10004', '--exclude-port', '10004']
    const args = ['flows', ...where, ...ports, '--protocol', 'udp', '--direction', 'egress']
    const { objects, ended } = await linesDuring(args, () =>
      sendDatagrams(client.netns, { address: server.ipv4, ports: 6, times: 5, size: 1 }),
    )
    t.deepEqual(ended, [0, null])
    const flows = objects.flatMap((snapshot) => snapshot.flows)
    t.deepEqual([...new Set(flows.map((flow) => flow.destinationPort))].sort(), [10_001, 10_003])
    t.is(sum(flows.map(({ packets }) => packets)), 10)
    t.true(sum(objects.map(({ filtered }) => filtered.packets)) >= 20)
    t.true(flows.every(({ direction }) => direction === 'egress'))
  })
})

test('retransmits --json names its totals and each connection, and Ctrl-C ends it with a last line', async (t) => {
  await withLoopback(async (netns) => {
    const serving = await serveTcp(netns, 8080, 1000)
    const { objects, ended } = await linesDuring(['retransmits', '--netns', netns.path], () =>
      connectTcp(netns, { addresses: ['127.0.0.1'], port: 8080, connections: 3, bytes: 10 }),
    )
    await serving.stop()
    t.deepEqual(ended, [0, null])
    t.is(sum(objects.map(({ totals }) => totals.segments)), retransSegs(netns))
    t.is(sum(objects.map(({ lost }) => lost.events)), 0)
    const connections = objects.flatMap(({ sockets }) => sockets.connections)
    const ours = connections.filter(({ remotePort }) => remotePort === 8080)
    t.is(new Set(ours.map(({ localPort }) => localPort)).size, 3)
    // Each answers the SYN-ACK and the FIN, or more.
    t.true(sum(ours.map(({ segmentsSent }) => segmentsSent)) >= 9)
    t.is(sum(ours.map(({ bytesSent, retransmitted }) => bytesSent - retransmitted.bytes)), 30)
  })
})
