import test from 'ava'
import { type Drop, TcpMonitor } from 'ebpf/tcp'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import { addAddresses } from '../../lib/cli/demo/network.js'
import { silence, withNetwork } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import '../helpers/no-leaks.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { Witness } from '../helpers/missed-runs.js'
import { type Bytes, ethernet, extension, icmp, ipv4, ipv6, payload, tcp, udp } from '../helpers/packets.js'
import { perl } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'
import { connectTcp, serveTcp } from '../helpers/traffic.js'
import { createVethPair, frameSender, perlBytes, type VethPair } from '../helpers/veth.js'

const udpNumber = 17
const tcpNumber = 6
/**
 * An address in the interface's network, but of no interface: packets to it are dropped, and not reassembled before.
 */
const nobody = '192.0.2.99'

/** Two namespaces. `right` accepts frames to the addresses that test/helpers/packets.ts gives packets. */
async function withReceiver(use: (pair: VethPair) => Promise<void>): Promise<void> {
  const pair = await createVethPair()
  try {
    pair.right.ip(
      'link set right address 02:00:00:00:00:02',
      'address add 192.0.2.2/24 dev right',
      'address add 2001:db8::2/64 dev right nodad',
    )
    await use(pair)
  } finally {
    await pair.remove()
  }
}

/**
 * Sends the frames from the left; `datagrams` of them are for ports of the right. Then sends another one, to see that
 * the right has processed them all.
 */
async function sendFrames({ left, right }: VethPair, frames: readonly Bytes[], datagrams = 0): Promise<void> {
  const last = ethernet('ipv4', ipv4(udp([], { destination: 9 }), udpOverIpv4))
  const taken = protocolCounter(right, 'Udp: NoPorts') + datagrams + 1
  perl(left, `${frameSender('left')} send_frame($_) for ${[...frames, last].map(perlBytes).join(', ')}`)
  await eventually('the last frame was taken', () => protocolCounter(right, 'Udp: NoPorts') === taken)
}

const isLast = ({ destinationPort }: Drop) => destinationPort === 9

const udpOverIpv4 = { protocol: udpNumber }
const unreadable: readonly Bytes[] = [
  // With another IP version, and with a header that is too short.
  ethernet('ipv4', ipv4(udp([]), { ...udpOverIpv4, version: 5 })),
  ethernet('ipv6', ipv6(udp([]), { nextHeader: udpNumber, version: 4 })),
  ethernet('ipv4', ipv4(udp([]), { ...udpOverIpv4, headerWords: 4 })),
  // They end before their ports do.
  ethernet('ipv4', ipv4([], udpOverIpv4)),
  ethernet('ipv4', ipv4(payload(3), { protocol: tcpNumber })),
  ethernet('ipv6', ipv6([], { nextHeader: udpNumber })),
  // Its payload does not begin with ports.
  ethernet('ipv4', ipv4(payload(64), { ...udpOverIpv4, destination: nobody, fragmentOffset: 8 })),
]

test.serial('a dropped packet that cannot be read is counted once, by the monitor of its namespace and of all', (t) =>
  withReceiver(async (pair) => {
    const drops = true
    using own = await TcpMonitor.open({ netns: pair.right.path, drops })
    using others = await TcpMonitor.open({ netns: pair.left.path, drops })
    using everywhere = await TcpMonitor.open({ drops })
    await sendFrames(pair, [...unreadable, ...unreadable])
    const seen = (await own.snapshot()).sockets
    t.is(seen?.lost.unreadable, 2 * unreadable.length)
    t.true(seen?.drops.every(isLast))
    const { sockets } = await others.snapshot()
    t.is(sockets?.lost.unreadable, 0)
    t.deepEqual(sockets?.drops, [])
    // Other namespaces of the machine may have some, too.
    t.true(((await everywhere.snapshot()).sockets?.lost.unreadable ?? 0) >= 2 * unreadable.length)
    t.is((await own.snapshot()).sockets?.lost.unreadable, 0)
  }),
)

test.serial('a dropped packet is told of by what its headers say, wherever they begin', (t) =>
  withReceiver(async (pair) => {
    using monitor = await TcpMonitor.open({ netns: pair.right.path, drops: true })
    const ports = (source: number) => ({ source, destination: 4444 })
    const options = [1, 1, 1, 1, 1, 1, 1, 1]
    const frames = [
      ethernet('ipv4', ipv4(udp(payload(10), ports(1)), udpOverIpv4)),
      ethernet('ipv4', ipv4(udp(payload(10), ports(1)), udpOverIpv4)),
      ethernet('ipv4', ipv4(udp(payload(10), ports(2)), { ...udpOverIpv4, options })),
      ethernet('ipv4', ipv4(tcp([], ports(3)), { protocol: tcpNumber, destination: nobody })),
      ethernet('ipv4', ipv4(udp(payload(16), ports(4)), { ...udpOverIpv4, destination: nobody, moreFragments: true })),
      ethernet('ipv6', ipv6(udp(payload(10), ports(5)), { nextHeader: udpNumber, destination: '2001:db8::3' })),
      // Packets without ports are not reported.
      ethernet('ipv4', ipv4(icmp(8, 0), { protocol: 1, destination: nobody })),
      ethernet('ipv6', ipv6(extension(59, []), { nextHeader: 0, destination: '2001:db8::3' })),
    ]
    await sendFrames(pair, frames, 3)
    const { sockets } = await monitor.snapshot()
    t.is(sockets?.lost.unreadable, 0)
    const v4 = { sourceAddress: '192.0.2.1', destinationAddress: '192.0.2.2', destinationPort: 4444, ipVersion: 4 }
    const common = { netns: pair.right.inode, packets: 1, segments: 1, protocol: 'udp' }
    const rows = sockets?.drops.filter((drop) => !isLast(drop)) ?? []
    t.deepEqual(
      rows.map(({ firstSeen, lastSeen, reason, ...row }) => row).sort((a, b) => a.sourcePort - b.sourcePort),
      [
        { ...common, ...v4, sourcePort: 1, packets: 2, segments: 2, bytes: 2 * 38 },
        { ...common, ...v4, sourcePort: 2, bytes: 46 },
        { ...common, ...v4, sourcePort: 3, bytes: 40, protocol: 'tcp', destinationAddress: nobody },
        { ...common, ...v4, sourcePort: 4, bytes: 44, destinationAddress: nobody },
        {
          ...{ ...common, ...v4, sourcePort: 5, bytes: 58, ipVersion: 6 },
          ...{ sourceAddress: '2001:db8::1', destinationAddress: '2001:db8::3' },
        },
      ],
    )
    const reasons = new Set(rows.filter(({ sourcePort }) => sourcePort < 3).map(({ reason }) => reason))
    t.deepEqual([...reasons], [isOlderThan('5.18') ? 'unknown' : 'NO_SOCKET'])
    for (const { firstSeen, lastSeen, packets } of rows) t.is(lastSeen > firstSeen, packets > 1)
  }),
)

test.serial('what a path drops of a connection is in the connection’s row, and equals what the path counted', (t) =>
  withNetwork(async (network) => {
    const { client, server } = network
    using monitor = await TcpMonitor.open({ connections: true, drops: true })
    using witness = Witness.attach(network)
    using lossy = await LossyPath.create(network, 600)
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 300_000)
    const options = { addresses: [server.ipv4, server.ipv6], port: 8080, connections: 1, bytes: 300_000 }
    // Repeats until a packet with many segments was among them.
    for (let round = 0; round < 20 && lossy.dropped.segments === lossy.dropped.packets; round++)
      await connectTcp(client.netns, options)
    await silence(network)
    await serving.stop()
    const { sockets } = await monitor.snapshot()
    const { dropped } = lossy
    const isInside = (netns: number | undefined) => netns === client.netns.inode || netns === server.netns.inode
    t.true(dropped.segments > dropped.packets, 'no packet of many segments was lost: the test proves nothing')
    // TCP also drops what it has no use for. Without reasons the two cannot be told apart.
    const byPath = sockets?.drops.filter(({ reason, netns }) => reason === 'TC_INGRESS' && isInside(netns)) ?? []
    const sum = (of: (drop: Drop) => number) => byPath.reduce((total, drop) => total + of(drop), 0)
    const told = {
      packets: sum(({ packets }) => packets),
      segments: sum(({ segments }) => segments),
      // The path also counts the frame's header.
      bytes: sum(({ bytes, packets }) => bytes + 14 * packets),
    }
    // Some kernels skip runs of tracing programs: then the monitor has at most as many packets less.
    const { untraced } = witness
    if (untraced > 0) {
      t.log(`${untraced} segments were not traced`)
      t.true(told.segments <= dropped.segments && told.segments >= dropped.segments - untraced, JSON.stringify(told))
    } else if (!isOlderThan('5.18')) t.deepEqual(told, dropped)
    for (const { netns } of [client, server]) {
      const all = sockets?.drops.filter((drop) => drop.netns === netns.inode && drop.protocol === 'tcp') ?? []
      const rows = sockets?.connections.filter((row) => row.netns === netns.inode) ?? []
      t.deepEqual(
        byReason(rows.flatMap(({ drops = {} }) => Object.entries(drops))),
        byReason(all.map(({ reason, packets }) => [reason, packets])),
      )
    }
  }),
)

function byReason(counts: readonly (readonly [reason: string, packets: number])[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [reason, packets] of counts) sums[reason] = (sums[reason] ?? 0) + packets
  return sums
}
