import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const uploadPort = 5201
const downloadPort = 5202
const echoPort = 5203
const downloadBytes = 256 * 1024
const uploadBytes = 512 * 1024
const chunk = Buffer.alloc(64 * 1024, 'ebpf')

/** Takes uploads, serves downloads and echoes datagrams, over IPv4 and IPv6, until its standard input ends. */
export async function serve(): Promise<void> {
  const upload = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    socket.resume().once('end', () => socket.end())
  })
  const download = createServer((socket) => {
    socket.on('error', () => {})
    socket.resume().end(Buffer.alloc(downloadBytes, 'ebpf'))
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

/** Talks to the server for `seconds`, over each of `addresses` in turn and at once. */
export async function talk(addresses: readonly string[], seconds: number): Promise<void> {
  void inputEnd().then(() => process.exit(0))
  const end = Date.now() + seconds * 1000
  const repeat = async (pause: number, action: () => Promise<void>) => {
    while (Date.now() < end) {
      await action()
      await sleep(pause)
    }
  }
  await Promise.all(
    addresses.flatMap((address) => [
      repeat(20, () => uploadTo(address, end)),
      repeat(20, () => downloadFrom(address, end)),
      echoWith(address, end),
    ]),
  )
  process.exit(0)
}

async function uploadTo(address: string, end: number): Promise<void> {
  await exchange(connect(uploadPort, address), end, async (socket) => {
    for (let sent = 0; sent < uploadBytes && !socket.destroyed; sent += chunk.length) {
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
    }
    socket.end()
  })
}

async function downloadFrom(address: string, end: number): Promise<void> {
  await exchange(connect(downloadPort, address), end, async () => {})
}

/** Runs one connection to its close; one that the loss holds up is reset a little after the time is over. */
async function exchange(socket: Socket, end: number, send: (socket: Socket) => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.resume()
  const limit = setTimeout(() => socket.resetAndDestroy(), end - Date.now() + 1500)
  await send(socket).catch(() => {})
  await closed
  clearTimeout(limit)
}

/** Datagrams of 1 to 1,400 bytes, one every few milliseconds. */
async function echoWith(address: string, end: number): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  socket.on('error', () => {})
  for (let size = 1; Date.now() < end; size = (size % 1400) + 37) {
    socket.send(chunk.subarray(0, size), echoPort, address)
    await sleep(5)
  }
  socket.close()
}

function inputEnd(): Promise<unknown> {
  return once(process.stdin.resume(), 'end')
}
