import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { FlowMonitor } from 'ebpf/flows'
import { TcpMonitor } from 'ebpf/tcp'
import { Totals } from './totals.js'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9435' },
    host: { type: 'string', default: '127.0.0.1' },
    /** Names and patterns; every interface but loopback without it. */
    interface: { type: 'string', multiple: true },
    netns: { type: 'string' },
  },
})
const namespace = values.netns && { netns: values.netns }
const interfaces = values.interface && { interfaces: values.interface }

const flows = await FlowMonitor.open({ ...namespace, ...interfaces })
const retransmits = await TcpMonitor.open({ ...namespace, connections: true })
const totals = new Totals()

/** Snapshots are taken one after the other: each holds what happened since the one before, so each is added once. */
let last = Promise.resolve()
function update() {
  const next = last.then(async () => {
    totals.addFlows(await flows.snapshot())
    totals.addRetransmits(await retransmits.snapshot())
  })
  last = next.catch((error) => console.error(error.message))
  return next
}

// The kernel's tables hold an interval each, so somebody has to empty them when nobody asks.
const emptying = setInterval(() => update().catch(() => {}), 10_000)

const server = createServer(async (request, response) => {
  if (request.url !== '/metrics') return response.writeHead(404).end('the metrics are at /metrics\n')
  try {
    await update()
    const text = await totals.text()
    response.writeHead(200, { 'content-type': totals.contentType }).end(text)
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`)
  }
})
server.listen(Number(values.port), values.host, () => {
  const { address, port } = server.address()
  console.log(`listening on http://${address}:${port}/metrics`)
})

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, shutDown)

/** Nothing is left attached, and nothing keeps the process: it ends by itself. */
async function shutDown() {
  clearInterval(emptying)
  server.close()
  server.closeIdleConnections()
  await last
  flows.close()
  retransmits.close()
  console.log('stopped')
}
