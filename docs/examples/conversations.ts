import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { joinFlows, monitorFlows } from 'ebpf/flows'

// Somebody to watch: this process asks itself.
const server = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
const asking = setInterval(() => {
  const { port } = server.address() as AddressInfo
  fetch(`http://127.0.0.1:${port}`).catch(console.error)
}, 100)

const signal = AbortSignal.timeout(4000)
const options = { interfaces: ['lo'], filter: { protocols: ['tcp'] }, sockets: true, signal }

for await (const { flows } of monitorFlows(options)) {
  for (const { sourceAddress, destinationAddress, destinationPort, forward, reverse } of joinFlows(flows)) {
    const sent = forward.reduce((sum, { bytes }) => sum + bytes, 0)
    const received = reverse.reduce((sum, { bytes }) => sum + bytes, 0)
    const socket = forward[0]?.socket
    const owner = socket
      ? `${socket.command} (${socket.pid}), ${socket.retransmitted.segments} segments retransmitted`
      : 'elsewhere'
    console.log(`${sourceAddress} → ${destinationAddress}:${destinationPort}: ${sent} and ${received} bytes; ${owner}`)
  }
}
clearInterval(asking)
server.close()
