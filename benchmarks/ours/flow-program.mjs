import { FlowMonitor } from 'ebpf/flows'
import { packets } from './packets.mjs'
import { load, now, print, warmUp } from './subject.mjs'

/**
 * flow-program PACKET SAMPLES OPTIONS: what a packet takes in the program of a flow monitor with these options, above an empty program;
 * without options what it takes in the empty one. Beside a monitor's there is `flows`: how many flows the packets are of, all known
 * before, or 'new', one for each packet. How long a snapshot of them takes is printed too.
 */
const [packet, samples, text] = process.argv.slice(2)
const { flows = 1, ...options } = text === undefined ? {} : JSON.parse(text)

const runs = flows === 'new' ? 50_000 : 200_000
const object = load('benchmarks/program.bpf.o', ['nothing', 'renumber'])
const nothing = object.program('nothing')
const monitor = text === undefined ? undefined : await FlowMonitor.open({ interfaces: ['lo'], ...options })
const measured = monitor?.object.program('flow_ingress') ?? nothing

/** Mean nanoseconds of a run, as the kernel counts them. */
function timeOf(program, repeat = runs) {
  if (flows === 1) return program.run({ data: packets[packet], repeat }).duration
  object.map('measured').set(0, program)
  return object.program('renumber').run({ data: packets[packet], repeat }).duration
}

function fill() {
  object.globals.next = 0
  object.globals.stride = 1
  timeOf(measured, flows)
  // In another order than they lie in.
  object.globals.stride = 104_729 % flows
}

async function snapshotTime() {
  const start = now()
  await monitor.snapshot()
  return (now() - start) / 1e6
}

object.globals.flows = flows === 'new' ? 0xffff_ffff : flows
if (Number.isInteger(flows) && flows > 1) fill()
const times = []
const snapshots = []
// The first turns warm up and are not told.
for (let i = -warmUp; i < Number(samples); i++) {
  const base = monitor ? timeOf(nothing) : 0
  const time = timeOf(measured) - base
  if (i >= 0) times.push(time)
  if (flows === 'new') await monitor.snapshot()
}
for (let i = 0; i < 3 && flows > 1; i++) {
  const time = await snapshotTime()
  if (i > 0) snapshots.push(time)
  fill()
}
print({ time: times, snapshot: snapshots })
monitor?.close()
object.close()
