import { execFileSync } from 'node:child_process'
import { FlowMonitor } from 'ebpf/flows'
import { interfaceIndex } from 'ebpf/net'
import { packets } from './packets.mjs'
import { now, print } from './subject.mjs'

/**
 * interfaces COUNT SAMPLES: a flow monitor that watches so many interfaces: how long it takes to begin and to end, and what a packet
 * takes in its program that comes by any of them.
 */
const [count, samples] = process.argv.slice(2)

const names = Array.from({ length: Number(count) }, (_, i) => `bench${i}`)
const lines = names.flatMap((name) => [`link add ${name} type veth peer name x${name}`, `link set ${name} up`])
execFileSync('ip', ['-batch', '-'], { input: lines.join('\n') })
const contexts = names.map((name) => contextOf(interfaceIndex(name)))

/** struct __sk_buff as far as `ifindex`, its eleventh word. */
function contextOf(ifindex) {
  const words = new Uint32Array(48)
  words[10] = ifindex
  return new Uint8Array(words.buffer)
}

const figures = { start: [], stop: [], time: [] }
// The first turn warms up and is not told.
for (let i = -1; i < Number(samples); i++) {
  const begin = now()
  const monitor = await FlowMonitor.open({ interfaces: names })
  const start = (now() - begin) / 1e6
  const program = monitor.object.program('flow_ingress')
  const repeat = Math.ceil(200_000 / names.length)
  const times = contexts.map((context) => program.run({ data: packets.tcp4, context, repeat }).duration)
  const end = now()
  monitor.close()
  if (i < 0) continue
  figures.start.push(start)
  figures.stop.push((now() - end) / 1e6)
  figures.time.push(times.reduce((sum, time) => sum + time, 0) / times.length)
}
print(figures)
