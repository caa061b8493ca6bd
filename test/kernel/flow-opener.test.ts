import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import type { FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, run } from '../helpers/flow-runs.js'
import { overIpv4, overIpv6, UDP } from '../helpers/packet-samples.js'
import { type Bytes, ethernet, ipv4, tcp, tcpFlag, udp, vxlan } from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

/** A listener's port, and the port of the remote end of a connection to it. */
interface Ends {
  readonly port: number
  readonly remotePort: number
}

/**
 * BPF_PROG_RUN runs in this process's own network namespace, and so finds its sockets. Each check needs a new
 * connection, because a monitor remembers who opened one.
 */
async function withListener(
  listening: string,
  host: string,
  use: (connected: () => Promise<Ends>) => Promise<void>,
): Promise<void> {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket)).listen(0, listening)
  try {
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await use(async () => {
      const socket = connect(port, host)
      sockets.push(socket)
      await Promise.all([once(socket, 'connect'), once(server, 'connection')])
      return { port, remotePort: socket.localPort as number }
    })
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
}

const opener = async (
  t: ExecutionContext,
  packets: readonly Bytes[],
  through: 'ingress' | 'egress',
  options: FlowMonitorOptions = {},
) => {
  const { flows } = await run(packets, { ...options, through })
  t.is(flows.length, 1)
  return flows[0]?.opener
}

for (const [family, host, other, over] of [
  ['IPv4', '127.0.0.1', '127.0.0.2', overIpv4],
  ['IPv6', '::1', '::2', overIpv6],
] as const) {
  /** What the remote end sends to a port here, and what that port answers. */
  const to = ({ port, remotePort }: Ends, flags = tcpFlag.ack, destination: string = host) =>
    over(6, tcp([], { source: remotePort, destination: port, flags }), { source: host, destination })
  const from = ({ port, remotePort }: Ends, flags = tcpFlag.ack) =>
    over(6, tcp([], { source: port, destination: remotePort, flags }), { source: host, destination: host })

  test(`of a connection older than the monitor the remote end is the opener where its local port listens: ${family}`, (t) =>
    withListener(host, host, async (connected) => {
      t.is(await opener(t, [to(await connected())], 'ingress'), 'source')
      t.is(await opener(t, [from(await connected())], 'egress'), 'destination')
      // Long afterwards, too.
      const ends = await connected()
      t.is(await opener(t, [to(ends), to(ends)], 'ingress'), 'source')
    }))

  test(`nothing is known of the opener where nobody listens at that address and port, or that is not this end: ${family}`, (t) =>
    withListener(host, host, async (connected) => {
      const ends = await connected()
      const free = { ...ends, port: ends.port === 65_535 ? ends.port - 1 : ends.port + 1 }
      t.is(await opener(t, [to(free)], 'ingress'), 'unknown')
      t.is(await opener(t, [from(free)], 'egress'), 'unknown')
      t.is(await opener(t, [to(ends, tcpFlag.ack, other)], 'ingress'), 'unknown')
      // The source has the listener's port, but it is the remote end's.
      t.is(await opener(t, [from(await connected())], 'ingress'), 'unknown')
      t.is(await opener(t, [to(await connected())], 'egress'), 'unknown')
      const { port, remotePort } = await connected()
      const content = udp([], { source: remotePort, destination: port })
      t.is(await opener(t, [over(UDP, content, { source: host, destination: host })], 'ingress'), 'unknown')
    }))

  test(`nothing is known of the opener where the listener’s port is that of a connection elsewhere: ${family}`, (t) =>
    withListener('::', host, async (connected) => {
      const { port } = await connected()
      const remote = family === 'IPv4' ? '198.18.0.9' : 'fd00:198:18::9'
      const router = family === 'IPv4' ? '198.51.100.7' : '2001:db8::7'
      const forwarded = tcp([], { source: 40_000, destination: port })
      t.is(await opener(t, [over(6, forwarded, { source: remote, destination: router })], 'ingress'), 'unknown')
      const answer = tcp([], { source: port, destination: 40_001 })
      t.is(await opener(t, [over(6, answer, { source: router, destination: remote })], 'egress'), 'unknown')
      // The address is local, but the connection is not.
      const stray = tcp([], { source: 40_002, destination: port })
      t.is(await opener(t, [over(6, stray, { source: remote, destination: host })], 'ingress'), 'unknown')
    }))

  test(`a SYN says more than a listener: ${family}`, (t) =>
    withListener(host, host, async (connected) => {
      t.is(await opener(t, [from(await connected(), tcpFlag.syn)], 'egress'), 'source')
      const [first, second] = [await connected(), await connected()]
      t.is(await opener(t, [from(first), from(first, tcpFlag.syn)], 'egress'), 'source')
      t.is(await opener(t, [to(second), to(second, tcpFlag.syn | tcpFlag.ack)], 'ingress'), 'destination')
    }))
}

test('a listener on every address opens nothing: who connects to it does', async (t) => {
  for (const [host, over] of [
    ['127.0.0.1', overIpv4],
    ['::1', overIpv6],
  ] as const) {
    await withListener('::', host, async (connected) => {
      const { port, remotePort } = await connected()
      const packet = over(6, tcp([], { source: remotePort, destination: port }), { source: host, destination: host })
      t.is(await opener(t, [packet], 'ingress'), 'source')
    })
  }
})

test('a listener of this host says nothing of a packet inside a tunnel, though it has its address and port', (t) =>
  withListener('127.0.0.1', '127.0.0.1', async (connected) => {
    const frame = ({ port, remotePort }: Ends) => {
      const content = tcp([], { source: remotePort, destination: port })
      return ethernet('ipv4', ipv4(content, { protocol: 6, source: '127.0.0.1', destination: '127.0.0.1' }))
    }
    const outer = overIpv4(UDP, udp(vxlan(7, frame(await connected())), { destination: 4789 }))
    t.is(await opener(t, [outer], 'ingress', { tunnels: 'inner' }), 'unknown')
    t.is(await opener(t, [frame(await connected())], 'ingress', { tunnels: 'inner' }), 'source')
  }))
