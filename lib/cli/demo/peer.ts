import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const uploadPort = 5201
const downloadPort = 5202
const echoPort = 5203
const chunk = Buffer.alloc(64 * 1024, 'ebpf')
/** Milliseconds between two chunks of a stream. */
const pace = 10

/** Accepts uploads, serves downloads and echoes datagrams, over IPv4 and IPv6, until its standard input ends. */
export async function serve(): Promise<void> {
  const upload = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.resume().once('end', () => socket.end())
  })
  const download = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    let asked = true
    socket.resume().once('end', () => {
      asked = false
    })
    void stream(socket, () => asked)
  })
  await Promise.all([
    once(upload.listen(uploadPort, '::'), 'listening'),
    once(download.listen(downloadPort, '::'), 'listening'),
  ])
  for (const type of ['udp4', 'udp6'] as const) {
    const echo = createSocket({ type, ipv6Only: type === 'udp6' })
    echo.on('message', (message, { address, port }) => echo.send(message, port, address))
    await once(echo.bind(echoPort), 'listening')
  }
  process.stdout.write('ready\n')
  await inputEnd()
  process.exit(0)
}

/** Talks to the server for `seconds`. To each of `addresses`: one stream up, one stream down, short connections and datagrams. */
export async function talk(addresses: readonly string[], seconds: number): Promise<void> {
  void inputEnd().then(() => process.exit(0))
  setTimeout(() => process.exit(0), seconds * 1000 + 3000) // even if the loss still holds up a connection
  const end = performance.now() + seconds * 1000
  const unended = () => performance.now() < end
  await Promise.all(
    addresses.flatMap((address) => [
      exchange(connect(uploadPort, address), end, (socket) => stream(socket, unended)),
      exchange(connect(downloadPort, address), end, async (socket) => {
        await sleep(seconds * 1000)
        socket.end()
      }),
      repeat(unended, 300, () => exchange(connect(uploadPort, address), end, async (socket) => void socket.end(chunk))),
      repeat(unended, 50, () => echoWith(address)),
    ]),
  )
  process.exit(0)
}

async function repeat(goOn: () => boolean, pause: number, action: () => Promise<void>): Promise<void> {
  while (goOn()) {
    await action()
    await sleep(pause)
  }
}

/** Writes chunks at a steady pace, then closes this half of the connection. */
async function stream(socket: Socket, goOn: () => boolean): Promise<void> {
  while (goOn() && !socket.destroyed) {
    if (!socket.write(chunk)) await drained(socket)
    await sleep(pace)
  }
  socket.end()
}

/** Resolves when the socket accepts more, or is gone. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}

/** Runs one connection until it closes; one that is held up by the loss is reset shortly after the end. */
async function exchange(socket: Socket, end: number, send: (socket: Socket) => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.resume()
  const limit = setTimeout(() => socket.resetAndDestroy(), end - performance.now() + 1500)
  await send(socket)
  await closed
  clearTimeout(limit)
}

/** Datagrams of 1 to 1,400 bytes from a separate port, a few milliseconds apart. */
async function echoWith(address: string): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('error', () => {})
  for (let size = 1; size <= 1400; size += 70) {
    socket.send(chunk.subarray(0, size), echoPort, address)
    await sleep(5)
  }
  socket.close()
}

function inputEnd(): Promise<unknown> {
  return once(process.stdin.resume(), 'end')
}
