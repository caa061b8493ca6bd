import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from '../cli-error.js'
import { NetworkNamespace } from './namespace.js'

/** One end of the demo's network. */
export interface Side {
  readonly netns: NetworkNamespace
  readonly interface: string
  readonly ipv4: string
  readonly ipv6: string
}

export interface DemoNetwork {
  readonly client: Side
  readonly server: Side
  /** Whether netem delays the packets; not every kernel has that module. */
  readonly delayed: boolean
}

// IPv6 does not run on a link whose MTU is below 1280 (RFC 8200, section 5): the kernel then removes its addresses and timers.
const mtuWithoutIpv6 = 1000
const mtu = 1500

/**
 * Two namespaces joined by a veth pair that has a carrier but is silent: it has no addresses, and no IPv6, which would send by itself.
 * So nothing passes before the programs are attached, or while a queue is missing; the kernel would then drop packets after the hook
 * and before the interface counts them.
 */
export async function createNetwork(delayMs: number): Promise<DemoNetwork> {
  const [clientNetns, serverNetns] = await both(() => NetworkNamespace.create())
  // 198.18.0.0/15 is reserved for measurements by RFC 2544, fd00::/8 for private use by RFC 4193.
  const client: Side = { netns: clientNetns, interface: 'client0', ipv4: '198.18.0.1', ipv6: 'fd00:198:18::1' }
  const server: Side = { netns: serverNetns, interface: 'server0', ipv4: '198.18.0.2', ipv6: 'fd00:198:18::2' }
  try {
    clientNetns.ip(`link add ${client.interface} type veth peer name ${server.interface} netns ${serverNetns.pid}`)
    let delayed = true
    for (const { netns, interface: name } of [client, server]) {
      // Delay only: the interface would not count packets that netem drops after the hooks.
      const netem = ['qdisc', 'add', 'dev', name, 'root', 'netem', 'delay', `${delayMs}ms`, 'limit', '100000']
      delayed = delayed && netns.tc(...netem)
      netns.ip(`link set ${name} mtu ${mtuWithoutIpv6}`, `link set ${name} up`)
    }
    for (const side of [client, server]) await carrier(side)
    return { client, server, delayed }
  } catch (error) {
    await removeNetwork({ client, server })
    throw error
  }
}

/** Lets the two sides communicate. */
export function addAddresses({ client, server }: DemoNetwork): void {
  for (const { netns, interface: name, ipv4, ipv6 } of [client, server]) {
    netns.ip(
      `address add ${ipv4}/30 dev ${name}`,
      `link set ${name} mtu ${mtu}`,
      `address add ${ipv6}/64 dev ${name} nodad`,
    )
  }
}

/** Stops all packets, once those on their way have arrived, so that counters can be read one after another and still agree. */
export async function removeAddresses({ client, server }: DemoNetwork): Promise<void> {
  for (const { netns, interface: name } of [client, server]) {
    netns.ip(`link set ${name} mtu ${mtuWithoutIpv6}`, `address flush dev ${name}`)
  }
  await sleep(200)
}

export async function removeNetwork({ client, server }: Pick<DemoNetwork, 'client' | 'server'>): Promise<void> {
  await Promise.all([client.netns.remove(), server.netns.remove()])
}

async function both<T extends { remove(): Promise<void> }>(create: () => Promise<T>): Promise<[T, T]> {
  const first = await create()
  try {
    return [first, await create()]
  } catch (error) {
    await first.remove()
    throw error
  }
}

/** Waits until the interface can send: the kernel gives it a queue shortly after the peer is up. */
async function carrier({ netns, interface: name }: Side): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (netns.ip(`link show ${name}`).includes(' state UP ')) return
    await sleep(20)
  }
  throw new CliError(`${name} has no carrier`)
}
