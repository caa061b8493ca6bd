import { FlowMonitor } from 'ebpf/flows'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { perl } from '../helpers/perl.js'
import '../helpers/no-leaks.js'

kernelTest('what one macvlan sends to another on the same interface counts once', { needs: ['macvlan'] }, async (t) => {
  const host = await NetworkNamespace.create()
  const containers = [await NetworkNamespace.create(), await NetworkNamespace.create()] as const
  try {
    host.ip('link add uplink type veth peer name outside', 'link set outside up', 'link set uplink up')
    for (const [i, netns] of containers.entries()) {
      host.ip(`link add link uplink name side${i} type macvlan mode bridge`, `link set side${i} netns ${netns.pid}`)
      netns.ip(
        `link set side${i} address 02:00:00:00:00:0${i + 1} up`,
        `address add 198.18.3.${i + 1}/24 dev side${i}`,
        `neighbour add 198.18.3.${2 - i} lladdr 02:00:00:00:00:0${2 - i} dev side${i} nud permanent`,
      )
    }
    const netns = [host, ...containers].map(({ path }) => path)
    using monitor = await FlowMonitor.open({ netns, interfaces: ['uplink', 'side*'], filter: { protocols: ['udp'] } })
    perl(
      containers[0],
      `socket my $s, AF_INET, SOCK_DGRAM, 0 or die $!; bind $s, sockaddr_in(4000, INADDR_ANY) or die $!;
       for (1..5) { send $s, 'ebpf', 0, sockaddr_in(9, inet_aton '198.18.3.2') or die $! }`,
    )
    const { flows } = await monitor.stop()
    t.deepEqual(flows.map((flow) => `${flow.interface} ${flow.direction} ${flow.packets} ${flow.duplicate}`).sort(), [
      'side0 egress 5 false',
      'side1 ingress 5 true',
      'uplink ingress 5 true',
    ])
  } finally {
    for (const netns of [...containers, host]) await netns.remove()
  }
})
