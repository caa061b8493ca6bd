import { setTimeout as sleep } from 'node:timers/promises'
import { hasActiveTcp } from '../../lib/cli/demo/kernel-counters.js'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { addAddresses, createNetwork, type DemoNetwork, removeNetwork } from '../../lib/cli/demo/network.js'

/** Two connected namespaces. They are silent until they get addresses, and removed when `use` is over. */
export async function withNetwork<T>(use: (network: DemoNetwork) => Promise<T>): Promise<T> {
  const network = await createNetwork(1)
  try {
    return await use(network)
  } finally {
    await removeNetwork(network)
  }
}

/** The same, with addresses. */
export const withAddresses = <T>(use: (network: DemoNetwork) => Promise<T>): Promise<T> =>
  withNetwork((network) => {
    addAddresses(network)
    return use(network)
  })

/** One namespace with only loopback. */
export async function withLoopback<T>(use: (netns: NetworkNamespace) => Promise<T>): Promise<T> {
  const netns = await NetworkNamespace.create()
  try {
    return await use(netns)
  } finally {
    await netns.remove()
  }
}

/** Waits, for up to a minute, until no TCP socket can send any more; sockets in TIME_WAIT only answer. */
export async function silence({ client, server }: DemoNetwork): Promise<void> {
  for (let tries = 0; tries < 1200 && (hasActiveTcp(client.netns) || hasActiveTcp(server.netns)); tries++)
    await sleep(50)
}
