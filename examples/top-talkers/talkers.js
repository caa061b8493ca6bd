import { parseArgs } from 'node:util'
import { monitorTcp } from 'ebpf/tcp'

const { values } = parseArgs({
  options: {
    top: { type: 'string', default: '10' },
    /** Seconds between two tables. */
    interval: { type: 'string', default: '2' },
    netns: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort())

/** Bytes of TCP payload by process, most first. The peer's FIN is in what was received: sequence numbers count it. */
function talkers(connections) {
  const processes = new Map()
  for (const { pid, command, bytesSent, bytesReceived } of connections) {
    // A connection that is older than this program, and was not closed yet, may be anybody's.
    const talker = processes.get(pid) ?? { pid: pid ?? null, command: command ?? '?', sent: 0, received: 0 }
    talker.sent += bytesSent
    talker.received += bytesReceived
    processes.set(pid, talker)
  }
  const all = [...processes.values()].sort((a, b) => b.sent + b.received - a.sent - a.received)
  return all.slice(0, Number(values.top))
}

const options = {
  connections: true,
  interval: Number(values.interval) * 1000,
  signal: stop.signal,
  ...(values.netns && { netns: values.netns }),
}
for await (const { sockets } of monitorTcp(options)) {
  const top = talkers(sockets.connections)
  if (values.json) console.log(JSON.stringify({ talkers: top, lost: sockets.lost.connections }))
  else {
    console.table(top)
    if (sockets.lost.connections > 0) console.log(`and ${sockets.lost.connections} that found no room`)
  }
}
