import { connectionEvents, monitorRetransmits } from 'ebpf/retransmits'

const signal = AbortSignal.timeout(3000)

async function printEvents() {
  for await (const event of connectionEvents({ signal })) {
    if (event.type === 'lost') console.log(`${event.count} events lost`)
    else if (event.type === 'closed') {
      const { command, pid, remoteAddress, remotePort, duration } = event
      console.log(`${command} (${pid}) had ${remoteAddress}:${remotePort} open for ${duration} ms`)
    }
  }
}

async function printRatios() {
  for await (const { sockets } of monitorRetransmits({ connections: true, interval: 1000, signal })) {
    for (const { remoteAddress, segments, segmentsSent, rtt } of sockets?.connections ?? []) {
      const ratio = segmentsSent > 0 ? (100 * segments) / segmentsSent : 0
      console.log(`${remoteAddress}: ${ratio.toFixed(2)} % of ${segmentsSent} segments again, rtt ${rtt?.smoothed} µs`)
    }
    console.log(`${sockets?.totals.established} established`)
  }
}

await Promise.all([printEvents(), printRatios()])
