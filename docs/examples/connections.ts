import { connectionEvents, monitorTcp } from 'ebpf/tcp'

const signal = AbortSignal.timeout(3000)

async function printEvents() {
  for await (const event of connectionEvents({ signal })) {
    if (event.type === 'lost') console.log(`${event.count} events lost`)
    else if (event.type === 'closed') {
      // What began before this program did, it may not know.
      const { command = 'a process', pid = '?', remoteAddress, remotePort, duration } = event
      const time = duration === undefined ? 'for an unknown time' : `for ${duration} ms`
      console.log(`${command} (${pid}) had ${remoteAddress}:${remotePort} open ${time}`)
    }
  }
}

async function printRatios() {
  for await (const { sockets } of monitorTcp({ connections: true, interval: 1000, signal })) {
    for (const { remoteAddress, retransmitted, segmentsSent, rtt } of sockets?.connections ?? []) {
      const ratio = segmentsSent > 0 ? (100 * retransmitted.segments) / segmentsSent : 0
      const time = rtt ? `rtt ${rtt.smoothed} µs` : 'rtt unknown'
      console.log(`${remoteAddress}: ${ratio.toFixed(2)} % of ${segmentsSent} segments again, ${time}`)
    }
    console.log(`${sockets?.totals.established ?? 0} established`)
  }
}

await Promise.all([printEvents(), printRatios()])
