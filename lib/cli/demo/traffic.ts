import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { DemoNetwork } from './network.js'

export interface Traffic {
  /** Resolves when the client is done. */
  readonly done: Promise<void>
  /** Ends both processes and waits for them. */
  stop(): Promise<void>
}

/** A server and a client, each a separate process in its namespace, running `ebpf demo-peer` (peer.ts). */
export async function startTraffic({ client, server }: DemoNetwork, seconds: number): Promise<Traffic> {
  const peer = (side: typeof client, ...args: string[]) =>
    side.netns.spawn(process.execPath, [process.argv[1] ?? '', 'demo-peer', ...args])
  const serving = peer(server, 'server')
  const peers: ChildProcess[] = [serving]
  const stop = async () => {
    await Promise.all(
      peers.map(async (process) => {
        if (process.exitCode !== null || process.signalCode !== null) return
        const ended = once(process, 'exit')
        process.stdin?.end()
        await ended
      }),
    )
  }
  try {
    await ready(serving)
    const sending = peer(client, 'client', server.ipv4, server.ipv6, String(seconds))
    peers.push(sending)
    const done = once(sending, 'exit').then(([status]) => {
      if (status !== 0) throw new Error(`the demo's client ended with status ${status}`)
    })
    return { done, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ready(peer: ChildProcess): Promise<void> {
  const ended = once(peer, 'exit').then(([status]) => {
    throw new Error(`the demo's server ended with status ${status}`)
  })
  await Promise.race([once(peer.stdout as NodeJS.ReadableStream, 'data'), ended])
  ended.catch(() => {})
}
