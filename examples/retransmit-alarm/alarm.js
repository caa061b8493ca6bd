import { parseArgs } from 'node:util'
import { monitorTcp } from 'ebpf/tcp'

const { values } = parseArgs({
  options: {
    webhook: { type: 'string' },
    /** Percent of the segments that were sent again. */
    threshold: { type: 'string', default: '2' },
    /** Segments below which a ratio says nothing. */
    minimum: { type: 'string', default: '50' },
    /** Seconds over which a ratio is taken. */
    interval: { type: 'string', default: '10' },
    netns: { type: 'string' },
  },
})
if (!values.webhook) throw new Error('--webhook URL is missing')

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())

let watching = false
/** Peers that the webhook was told of: it is told again only after they have recovered. */
const alarmed = new Set()

/** What was sent to each peer in the interval, and what of it again. */
function byPeer(connections) {
  const peers = new Map()
  for (const { remoteAddress, retransmitted, segmentsSent } of connections) {
    const peer = peers.get(remoteAddress) ?? { retransmitted: 0, sent: 0 }
    peer.retransmitted += retransmitted.segments
    peer.sent += segmentsSent
    peers.set(remoteAddress, peer)
  }
  return peers
}

async function tell(alarm) {
  try {
    const response = await fetch(values.webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alarm),
      signal: AbortSignal.timeout(5000),
    })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return true
  } catch (error) {
    console.error(`the webhook was not told of ${alarm.peer}: ${error.message}`)
    return false
  }
}

const options = {
  connections: true,
  interval: Number(values.interval) * 1000,
  signal: stop.signal,
  ...(values.netns && { netns: values.netns }),
}
for await (const { start, end, sockets } of monitorTcp(options)) {
  if (!watching) console.log('watching')
  watching = true
  for (const [peer, { retransmitted, sent }] of byPeer(sockets.connections)) {
    if (sent < Number(values.minimum)) continue
    const percent = (100 * retransmitted) / sent
    if (percent < Number(values.threshold)) alarmed.delete(peer)
    else if (!alarmed.has(peer)) {
      const alarm = { peer, percent, retransmitted, sent, start, end }
      // A webhook that could not be told is told next time.
      if (await tell(alarm)) alarmed.add(peer)
      console.log(`${peer}: ${percent.toFixed(1)} % of ${sent} segments were sent again`)
    }
  }
  const { connections, incidents } = sockets.lost
  if (connections + incidents > 0) console.error(`${connections + incidents} updates found no room`)
}
console.log('stopped')
