import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { eventually } from './eventually.js'

/** A host with a bridge, `br0`, between a container (`eth0`, at the host's `veth0`) and the world outside (`eth0`, at `uplink0`). */
export interface BridgedNetwork {
  readonly host: NetworkNamespace
  readonly container: NetworkNamespace
  readonly outside: NetworkNamespace
}

export const containerAddress = '198.18.1.1'
export const outsideAddress = '198.18.1.2'
export const hostAddress = '198.18.1.3'

/** Silent until it is used: the MTU is too small for IPv6, and no port learns or sends queries by itself. */
export async function withBridge(use: (network: BridgedNetwork) => Promise<void>): Promise<void> {
  const namespaces: NetworkNamespace[] = []
  try {
    for (let i = 0; i < 3; i++) namespaces.push(await NetworkNamespace.create())
    const [host, container, outside] = namespaces as [NetworkNamespace, NetworkNamespace, NetworkNamespace]
    host.ip(
      'link add br0 mtu 1000 type bridge mcast_snooping 0',
      ...port('veth0', container),
      ...port('uplink0', outside),
      'link set br0 mtu 1000 up',
      `address add ${hostAddress}/24 dev br0`,
    )
    container.ip('link set eth0 up', `address add ${containerAddress}/24 dev eth0`)
    outside.ip('link set eth0 up', `address add ${outsideAddress}/24 dev eth0`)
    for (const name of ['veth0', 'uplink0', 'br0']) {
      await eventually(`${name} is up`, () => host.ip(`link show ${name}`).includes(' state UP '))
    }
    await use({ host, container, outside })
  } finally {
    for (const namespace of namespaces) await namespace.remove()
  }
}

const port = (name: string, { pid }: NetworkNamespace) => [
  `link add ${name} mtu 1000 type veth peer name eth0 mtu 1000 netns ${pid}`,
  `link set ${name} master br0`,
  `link set ${name} up`,
]

/**
 * Stops all traffic on the host's interfaces, so that their counters can be read one after another; packets in flight
 * are lost.
 */
export function cut({ host }: BridgedNetwork): void {
  host.ip('link set veth0 down', 'link set uplink0 down', 'link set br0 down')
}
