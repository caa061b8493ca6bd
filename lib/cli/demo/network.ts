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
  /** Whether netem delays the packets; it is a module that not every kernel has. */
  readonly delayed: boolean
}

/** Two namespaces joined by a veth pair that is still down: nothing passes before the programs are attached. */
export async function createNetwork(delayMs: number): Promise<DemoNetwork> {
  const [clientNetns, serverNetns] = await both(() => NetworkNamespace.create())
  // 198.18.0.0/15 is set aside for measurements by RFC 2544, fd00::/8 for private use by RFC 4193.
  const client: Side = { netns: clientNetns, interface: 'client0', ipv4: '198.18.0.1', ipv6: 'fd00:198:18::1' }
  const server: Side = { netns: serverNetns, interface: 'server0', ipv4: '198.18.0.2', ipv6: 'fd00:198:18::2' }
  try {
    clientNetns.ip(`link add ${client.interface} type veth peer name ${server.interface} netns ${serverNetns.pid}`)
    let delayed = true
    for (const { netns, interface: name, ipv4, ipv6 } of [client, server]) {
      netns.ip(`address add ${ipv4}/30 dev ${name}`, `address add ${ipv6}/64 dev ${name} nodad`)
      // Delay only: what netem would drop behind the hooks, the interface would not count.
      const netem = ['qdisc', 'add', 'dev', name, 'root', 'netem', 'delay', `${delayMs}ms`, 'limit', '100000']
      delayed = delayed && netns.tc(...netem)
    }
    return { client, server, delayed }
  } catch (error) {
    await removeNetwork({ client, server })
    throw error
  }
}

export function bringUp({ client, server }: DemoNetwork): void {
  for (const { netns, interface: name } of [client, server]) netns.ip(`link set ${name} up`)
}

/** Stops every packet, so that counters can be read one after another and still agree. */
export function takeDown({ client, server }: DemoNetwork): void {
  for (const { netns, interface: name } of [client, server]) netns.ip(`link set ${name} down`)
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
