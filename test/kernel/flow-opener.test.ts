import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { ExecutionContext } from 'ava'
import test from 'ava'
import type { FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, run } from '../helpers/flow-runs.js'
import { overIpv4, overIpv6, UDP } from '../helpers/packet-samples.js'
import { type Bytes, ethernet, ipv4, tcp, tcpFlag, udp, vxlan } from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

/** BPF_PROG_RUN runs in this process's own network namespace, and so finds the listeners of it. */
async function withListener(host: string, use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, host)
  try {
    await once(server, 'listening')
    await use((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}

/** Another for each question: a monitor remembers who opened a connection. */
let remotePort = 40_000

const opener = async (
  t: ExecutionContext,
  packets: readonly Bytes[],
  through: 'ingress' | 'egress',
  options: FlowMonitorOptions = {},
) => {
  remotePort++
  const { flows } = await run(packets, { ...options, through })
  t.is(flows.length, 1)
  return flows[0]?.opener
}

const remote4 = '198.18.0.9'
const remote6 = 'fd00:198:18::9'

for (const [family, host, remote, other, over] of [
  ['IPv4', '127.0.0.1', remote4, '127.0.0.2', overIpv4],
  ['IPv6', '::1', remote6, '::2', overIpv6],
] as const) {
  /** What the remote end sends to a port here, and what that answers. */
  const to = (port: number, flags = tcpFlag.ack, destination: string = host) =>
    over(6, tcp([], { source: remotePort, destination: port, flags }), { source: remote, destination })
  const from = (port: number, flags = tcpFlag.ack, source: string = host) =>
    over(6, tcp([], { source: port, destination: remotePort, flags }), { source, destination: remote })

  test(`of a connection older than the monitor the remote end is the opener where its local port listens: ${family}`, (t) =>
    withListener(host, async (port) => {
      t.is(await opener(t, [to(port)], 'ingress'), 'source')
      t.is(await opener(t, [from(port)], 'egress'), 'destination')
      // Long afterwards, too.
      t.is(await opener(t, [to(port), to(port)], 'ingress'), 'source')
    }))

  test(`nothing is known of the opener where nobody listens at that address and port, or that is not this end: ${family}`, (t) =>
    withListener(host, async (port) => {
      const free = port === 65_535 ? port - 1 : port + 1
      t.is(await opener(t, [to(free)], 'ingress'), 'unknown')
      t.is(await opener(t, [from(free)], 'egress'), 'unknown')
      t.is(await opener(t, [to(port, tcpFlag.ack, other)], 'ingress'), 'unknown')
      // Its source has the port, which is the remote end's.
      t.is(await opener(t, [from(port)], 'ingress'), 'unknown')
      t.is(await opener(t, [to(port)], 'egress'), 'unknown')
      const datagram = over(UDP, udp([], { source: remotePort, destination: port }), {
        source: remote,
        destination: host,
      })
      t.is(await opener(t, [datagram], 'ingress'), 'unknown')
    }))

  test(`a SYN says more than a listener: ${family}`, (t) =>
    withListener(host, async (port) => {
      t.is(await opener(t, [from(port, tcpFlag.syn)], 'egress'), 'source')
      t.is(await opener(t, [from(port), from(port, tcpFlag.syn)], 'egress'), 'source')
      t.is(await opener(t, [to(port), to(port, tcpFlag.syn | tcpFlag.ack)], 'ingress'), 'destination')
    }))
}

test('a listener on every address opens nothing: who connects to it does', (t) =>
  withListener('::', async (port) => {
    const packet = () => tcp([], { source: remotePort, destination: port })
    const mapped = overIpv4(6, packet(), { source: remote4, destination: '127.0.0.1' })
    t.is(await opener(t, [mapped], 'ingress'), 'source')
    t.is(await opener(t, [overIpv6(6, packet(), { source: remote6, destination: '::1' })], 'ingress'), 'source')
  }))

test('a listener of this host says nothing of a packet inside a tunnel, though it has its address and port', (t) =>
  withListener('127.0.0.1', async (port) => {
    const frame = () => {
      const content = tcp([], { source: remotePort, destination: port })
      return ethernet('ipv4', ipv4(content, { protocol: 6, source: remote4, destination: '127.0.0.1' }))
    }
    const outer = overIpv4(UDP, udp(vxlan(7, frame()), { destination: 4789 }))
    t.is(await opener(t, [outer], 'ingress', { tunnels: 'inner' }), 'unknown')
    t.is(await opener(t, [frame()], 'ingress', { tunnels: 'inner' }), 'source')
  }))
