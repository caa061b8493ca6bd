import { monitorFlows, tcpFlags } from 'ebpf/flows'

// Ctrl-C, or two seconds, end the loop.
const controller = new AbortController()
process.once('SIGINT', () => controller.abort())
setTimeout(() => controller.abort(), 2000)

const options = { interfaces: ['lo'], interval: 1000, signal: controller.signal }
for await (const { flows, totals, lost } of monitorFlows(options)) {
  console.log(`${flows.length} flows, ${totals.packets} packets, ${totals.bytes} bytes, ${lost.packets} not filed`)
  for (const flow of flows.sort((a, b) => b.bytes - a.bytes).slice(0, 10)) {
    const from = `${flow.sourceAddress}:${flow.sourcePort}`
    const to = `${flow.destinationAddress}:${flow.destinationPort}`
    console.log(flow.interface, flow.direction, from, '→', to, flow.bytes, tcpFlags(flow.tcpFlags).join(' '))
  }
}
