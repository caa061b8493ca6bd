import { FlowMonitor } from 'ebpf/flows'
import { kernelTest } from '../helpers/kernel-test.js'
import '../helpers/no-leaks.js'
import { addPair, udp, withNamespace } from '../helpers/pair.js'
import { perl } from '../helpers/perl.js'

const send = (address: string, port: number) =>
  `send $s, 'ebpf', 0, sockaddr_in(${port}, inet_aton '${address}') or die $! for 1..5;`

kernelTest('what the stack loops back to sockets here has not come in by the interface', {}, (t) =>
  withNamespace(async (netns) => {
    // Nothing is sent except what follows.
    perl(
      netns,
      '',
      'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6',
    )
    addPair(netns)
    using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: ['left'] })
    perl(
      netns,
      `socket my $s, AF_INET, SOCK_DGRAM, 0 or die $!; setsockopt $s, 1, 6, 1 or die $!;
       my $membership = inet_aton('239.1.1.1') . inet_aton('198.18.2.1');
       setsockopt $s, 0, 35, $membership or die $!; setsockopt $s, 0, 32, inet_aton '198.18.2.1' or die $!;
       ${send('239.1.1.1', 9)} ${send('198.18.2.255', 10)}`,
    )
    const snapshot = await monitor.stop()
    t.deepEqual(
      udp(snapshot)
        .map((flow) => [flow.destinationAddress, flow.direction, flow.packets, flow.duplicate])
        .sort(),
      [
        ['198.18.2.255', 'egress', 5, false],
        ['239.1.1.1', 'egress', 5, false],
      ],
    )
    // The kernel's group membership reports, which it repeats, are looped back too.
    const received = /^ *left: *\d+ +(\d+)/m.exec(netns.readProcNet('dev'))?.[1]
    t.is(received, '0')
    t.deepEqual(
      snapshot.interfaces.filter(({ direction }) => direction === 'ingress'),
      [],
    )
  }),
)
