import { type Flow, FlowMonitor, type FlowSnapshot } from 'ebpf/flows'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { ends } from '../helpers/flow-runs.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture } from '../helpers/load-fixture.js'
import { overIpv4, overIpv6, segment, TCP, UDP, v4, v6 } from '../helpers/packet-samples.js'
import { type Bytes, ethernet, extension, icmp, ipv4, ipv6, payload, tcp, udp } from '../helpers/packets.js'
import { perl } from '../helpers/perl.js'
import { createVethPair, frameSender, perlBytes } from '../helpers/veth.js'

/**
 * Packets as devices make them, which BPF_PROG_RUN cannot: without a link-layer header, with an offloaded VLAN tag,
 * paged.
 */

const sorted = (flows: readonly Flow[], direction: string, of: (flow: Flow) => string) =>
  flows
    .filter((flow) => flow.direction === direction)
    .map(of)
    .sort()

const perlSends = (frames: readonly Bytes[]) => frames.map((frame) => `send_frame(${perlBytes(frame)});`).join('\n')

// At the offset of a frame's ether type, these have 0x0800 and 0x86dd: the third and fourth bytes belong to the source
// address.
const misleading = [
  ipv4(udp(payload(10)), { protocol: UDP, source: '8.0.0.2' }),
  ipv4(udp(payload(10)), { protocol: UDP, source: '134.221.0.2' }),
  ipv4(tcp([]), { protocol: TCP, source: '8.0.0.3', options: payload(8, 1) }),
  ipv4(icmp(8, 0, 5), { protocol: 1, source: '129.0.0.2' }),
  ipv6(udp(payload(10)), { nextHeader: UDP, source: '2001:db8:800::2' }),
  ipv6(extension(TCP, segment), { nextHeader: 60, source: '2001:db8:86dd::2' }),
  // What follows also looks like an IPv6 header, with 8 bytes of UDP.
  ipv6(udp([0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 8, ...payload(20, 0)]), {
    nextHeader: UDP,
    source: '2001:db8:86dd:6000:0:8:1100:2',
  }),
]
const misleadingEnds = [
  '17 8.0.0.2 1111 192.0.2.2 2222',
  '17 134.221.0.2 1111 192.0.2.2 2222',
  '6 8.0.0.3 1111 192.0.2.2 2222',
  '1 129.0.0.2 5 192.0.2.2 2048',
  '17 2001:db8:800::2 1111 2001:db8::2 2222',
  '6 2001:db8:86dd::2 1111 2001:db8::2 2222',
  '17 2001:db8:86dd:6000:0:8:1100:2 1111 2001:db8::2 2222',
].sort()

kernelTest(
  'packets of a device without link-layer header are read from their first byte on',
  { needs: ['tun'] },
  async (t) => {
    const netns = await NetworkNamespace.create()
    try {
      netns.ip('tuntap add dev tun0 mode tun', 'link set tun0 addrgenmode none', 'link set tun0 up')
      using monitor = await FlowMonitor.open({ interfaces: ['tun0'], netns: netns.path })
      // linux/if_tun.h: TUNSETIFF with IFF_TUN | IFF_NO_PI
      const attach = `
      open my $tun, '+<', '/dev/net/tun' or die $!;
      my $ifreq = pack 'a16 S x22', 'tun0', 0x1001;
      ioctl($tun, 0x400454ca, $ifreq) or die "TUNSETIFF: $!";`
      const write = misleading.map((packet) => `defined syswrite($tun, ${perlBytes(packet)}) or die $!;`).join('\n')
      perl(netns, attach + write)
      perl(netns, attach + frameSender('tun0') + perlSends(misleading.slice(0, 4)))
      perl(netns, attach + frameSender('tun0', 0x86dd) + perlSends(misleading.slice(4)))
      const { flows, malformed, nonIp } = await monitor.snapshot()
      t.is(malformed.packets + nonIp.packets, 0)
      t.deepEqual(sorted(flows, 'ingress', ends), misleadingEnds)
      t.deepEqual(sorted(flows, 'egress', ends), misleadingEnds)
      for (const { bytes, ipBytes } of flows) t.is(bytes, ipBytes)

      // The kernel goes by the ether type that the device is given.
      perl(netns, attach + frameSender('tun0', 0x0806) + perlSends(misleading.slice(0, 1)))
      perl(netns, attach + frameSender('tun0', 0x86dd) + perlSends(misleading.slice(0, 1)))
      const wrong = await monitor.snapshot()
      t.deepEqual([wrong.nonIp.packets, wrong.malformed.packets, wrong.flows.length], [1, 1, 0])
    } finally {
      await netns.remove()
    }
  },
)

kernelTest('a VLAN beside the packet is outside of those in it', { needs: ['tcx'] }, async (t) => {
  const pair = await createVethPair()
  try {
    for (const [program, vlans] of [
      ['push_two', '100,5'],
      ['push_three', '200,100'],
    ] as const) {
      using bpf = loadFixture('push_vlans', [program])
      using left = await FlowMonitor.open({ interfaces: ['left'], netns: pair.left.path })
      using right = await FlowMonitor.open({ interfaces: ['right'], netns: pair.right.path })
      // The flow program would hide the packet from programs behind it.
      const hook = { interface: 'left', direction: 'egress', netns: pair.left.path } as const
      using _link = bpf.program(program).attachTcx({ ...hook, anchor: 'first' })
      // They are one flow, though their lengths, and so the priorities of their tags, differ.
      const sent = [overIpv4(TCP, segment), overIpv4(TCP, tcp(payload(1))), overIpv6(UDP, udp([]))]
      perl(pair.left, frameSender('left') + perlSends(sent))
      const named = (flow: Flow) => `${ends(flow)} ${flow.vlans}`
      const expected = [`${v4(TCP)} ${vlans}`, `${v6(UDP)} ${vlans}`].sort()
      t.deepEqual(sorted((await left.snapshot()).flows, 'egress', named), expected)
      t.deepEqual(sorted((await right.snapshot()).flows, 'ingress', named), expected)
    }
  } finally {
    await pair.remove()
  }
})

kernelTest('headers in the paged part of a packet are read', {}, async (t) => {
  const pair = await createVethPair()
  const long = payload(5000)
  const frames = [
    overIpv4(TCP, tcp(long)),
    overIpv4(UDP, udp(long), { options: payload(40, 1) }),
    overIpv6(60, extension(TCP, tcp(long))),
    overIpv6(UDP, udp(long)),
    overIpv4(TCP, tcp(long, { headerWords: 4 })),
  ]
  // linux/if_packet.h, linux/virtio_net.h: PACKET_VNET_HDR, whose hdr_len is the size of the linear part of a packet
  // longer than a page.
  const sender = `${frameSender('left')}
    setsockopt($packet, 263, 15, pack('l', 1)) or die "PACKET_VNET_HDR: $!";
    for my $linear (14, 20, 40, 50, 60) {
      for my $frame (${frames.map(perlBytes).join(', ')}) { send_frame(pack('C C S S S S', 0, 0, $linear, 0, 0, 0) . $frame) }
    }`
  try {
    using left = await FlowMonitor.open({ interfaces: ['left'], netns: pair.left.path })
    using right = await FlowMonitor.open({ interfaces: ['right'], netns: pair.right.path })
    perl(pair.left, sender)
    const check = ({ flows, malformed }: FlowSnapshot, direction: string) => {
      t.is(malformed.packets, 5)
      const counted = sorted(flows, direction, (flow) => `${ends(flow)} ${flow.packets}`)
      t.deepEqual(counted, [v4(TCP), v4(UDP), v6(TCP), v6(UDP)].map((flow) => `${flow} 5`).sort())
    }
    check(await left.snapshot(), 'egress')
    check(await right.snapshot(), 'ingress')
  } finally {
    await pair.remove()
  }
})

/** The length in the header of a packet that is too long for it: 0 (RFC 2675; Linux's BIG TCP, 5.19 and 6.3). */
kernelTest(
  'packets of more than 64 KiB, which say that they have no length, are as long as they are',
  {},
  async (t) => {
    const pair = await createVethPair()
    const content = 66_000
    // linux/virtio_net.h: the size of the segments, and where the transport header and its checksum are.
    const big = [
      { gso: 1, type: 0x0800, ip: ipv4(tcp([]), { protocol: TCP, totalLength: 0 }), transport: 34, checksum: 16 },
      { gso: 4, type: 0x86dd, ip: ipv6(tcp([]), { nextHeader: TCP, payloadLength: 0 }), transport: 54, checksum: 16 },
      {
        gso: 3,
        type: 0x0800,
        ip: ipv4(udp([], { length: 0 }), { protocol: UDP, totalLength: 0 }),
        transport: 34,
        checksum: 6,
      },
    ]
    try {
      using monitor = await FlowMonitor.open({
        interfaces: ['left'],
        netns: pair.left.path,
        filter: { direction: 'egress' },
      })
      for (const { gso, type, ip, transport, checksum } of big) {
        // Behind the hook, the kernel may be unable to segment it, and reports that to the sender.
        perl(
          pair.left,
          `${frameSender('left', type)}
           setsockopt($packet, 263, 15, pack('l', 1)) or die "PACKET_VNET_HDR: $!";
           my $header = pack 'C C S S S S', 1, ${gso}, ${14 + ip.length}, 1400, ${transport}, ${checksum};
           send $packet, $header . ${perlBytes(ethernet(type, ip))} . "\\xaa" x ${content}, 0, $to;`,
        )
      }
      const { flows, malformed } = await monitor.snapshot()
      t.deepEqual(malformed, { packets: 0, bytes: 0, segments: 0 })
      t.deepEqual(
        sorted(flows, 'egress', (flow) => `${ends(flow)}: ${flow.packets} ${flow.bytes} ${flow.ipBytes}`),
        [[v4(TCP), 40] as const, [v6(TCP), 60] as const, [v4(UDP), 28] as const]
          .map(([flow, headers]) => `${flow}: 1 ${14 + headers + content} ${headers + content}`)
          .sort(),
      )
    } finally {
      await pair.remove()
    }
  },
)
