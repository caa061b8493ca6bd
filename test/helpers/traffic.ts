import { once } from 'node:events'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'

/** Runs a module's source with Node inside a network namespace and returns what it printed; throws if it fails. */
export async function runInside(netns: NetworkNamespace, source: string): Promise<string> {
  const child = netns.spawn(process.execPath, ['--input-type=module', '-e', source])
  let printed = ''
  child.stdout?.on('data', (text) => {
    printed += text
  })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`the traffic ended with status ${status}: ${printed}`)
  return printed
}

/** Sends a datagram of `size` bytes to each of `ports`, `times` times. Nobody needs to listen. */
export function sendDatagrams(
  netns: NetworkNamespace,
  options: { address: string; ports: number; times: number; size: number },
) {
  const { address, ports, times, size } = options
  return runInside(
    netns,
    `import { createSocket } from 'node:dgram'
     const socket = createSocket('${address.includes(':') ? 'udp6' : 'udp4'}')
     const send = (port) => new Promise((done, fail) => socket.send(Buffer.alloc(${size}), port, '${address}', (e) => (e ? fail(e) : done())))
     for (let i = 0; i < ${times}; i++) for (let port = 0; port < ${ports}; port++) await send(10000 + port)
     socket.close()`,
  )
}

export interface TcpServer {
  stop(): Promise<void>
}

/** Serves TCP on a port over IPv4 and IPv6: reads to the end of the stream, answers with `bytes` bytes, closes. */
export async function serveTcp(netns: NetworkNamespace, port: number, bytes: number): Promise<TcpServer> {
  const child = netns.spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { createServer } from 'node:net'
     const answer = Buffer.alloc(${bytes})
     const serve = (socket) => socket.on('error', () => {}).resume().once('end', () => socket.end(answer))
     createServer({ allowHalfOpen: true }, serve).listen(${port}, '::', () => console.log('ready'))
     process.stdin.resume().once('end', () => process.exit(0))`,
  ])
  const ended = once(child, 'exit')
  await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data'),
    ended.then(([status]) => {
      throw new Error(`the server ended with status ${status}`)
    }),
  ])
  return {
    async stop() {
      child.stdin?.end()
      await ended
    },
  }
}

/**
 * Makes `connections` to each of `addresses`, one after another but to all addresses in parallel, sending `bytes` on
 * each.
 */
export function connectTcp(
  netns: NetworkNamespace,
  options: { addresses: readonly string[]; port: number; connections: number; bytes: number },
): Promise<string> {
  const { addresses, port, connections, bytes } = options
  return runInside(
    netns,
    `import { connect } from 'node:net'
     import { once } from 'node:events'
     await Promise.all(${JSON.stringify(addresses)}.map(async (address) => {
       for (let i = 0; i < ${connections}; i++) {
         const socket = connect(${port}, address)
         socket.resume().end(Buffer.alloc(${bytes}))
         await once(socket, 'close')
       }
     }))`,
  )
}

/**
 * Makes `connections`, `concurrency` at a time, to the addresses in turn. Each sends a few bytes. One in four is reset
 * by this end, one in four is refused: nobody listens on port 9.
 */
export function connectBriefly(
  netns: NetworkNamespace,
  options: { addresses: readonly string[]; port: number; connections: number; concurrency: number },
): Promise<string> {
  const { addresses, port, connections, concurrency } = options
  return runInside(
    netns,
    `import { connect } from 'node:net'
     const addresses = ${JSON.stringify(addresses)}
     const talk = (i) => new Promise((done) => {
       const socket = connect(i % 4 === 0 ? 9 : ${port}, addresses[i % 8 < 4 ? 0 : addresses.length - 1])
       socket.on('error', () => {}).once('close', done).resume()
       if (i % 4 === 1) socket.once('connect', () => socket.write('ebpf', () => socket.resetAndDestroy()))
       else socket.end('ebpf')
     })
     let next = 0
     await Promise.all(Array.from({ length: ${concurrency} }, async () => {
       while (next < ${connections}) await talk(next++)
     }))`,
  )
}

/** Sends a datagram every few milliseconds until it is stopped. */
export function keepSending(netns: NetworkNamespace, address: string): { stop(): Promise<void> } {
  return runUntilStopped(
    netns,
    `import { createSocket } from 'node:dgram'
     const socket = createSocket('udp4')
     setInterval(() => socket.send('ebpf', 10000, '${address}'), 5)`,
  )
}

/** Opens a connection that nobody needs to answer, and keeps trying until it is stopped. */
export function keepConnecting(netns: NetworkNamespace, address: string, port: number): { stop(): Promise<void> } {
  return runUntilStopped(
    netns,
    `import { connect } from 'node:net'
     connect(${port}, '${address}').on('error', () => {})`,
  )
}

/** Opens a connection and sends on it every few milliseconds until it is stopped. */
export function keepTalking(netns: NetworkNamespace, address: string, port: number): { stop(): Promise<void> } {
  return runUntilStopped(
    netns,
    `import { connect } from 'node:net'
     const socket = connect(${port}, '${address}', () => setInterval(() => socket.write('ebpf'), 5)).on('error', () => {})`,
  )
}

/** Runs statements of a module inside a network namespace until it is stopped. */
export function runUntilStopped(netns: NetworkNamespace, statements: string): { stop(): Promise<void> } {
  const source = `${statements}
     process.stdin.resume().once('end', () => process.exit(0))`
  const child = netns.spawn(process.execPath, ['--input-type=module', '-e', source])
  const ended = once(child, 'exit')
  return {
    async stop() {
      child.stdin?.end()
      await ended
    },
  }
}
