import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openProgram } from 'ebpf'
import { FlowMonitor } from 'ebpf/flows'
import { packets } from './packets.mjs'
import { print, warmUp } from './subject.mjs'

/**
 * processors COUNT one|each SAMPLES: what a packet takes in the flow program while so many processors run it at once, all with packets of
 * one flow or each of its own.
 */
const [first, ...rest] = process.argv.slice(2)
if (first === 'worker') serve(...rest.map(Number))
else await measure(Number(first), ...rest)

async function measure(count, flows, samples) {
  const monitor = await FlowMonitor.open({ interfaces: ['lo'] })
  const { id } = monitor.object.program('flow_ingress').info()
  const workers = Array.from({ length: count }, (_, cpu) => worker(cpu, id, flows === 'each' ? cpu : 0))
  await Promise.all(workers.map((each) => once(each, 'message')))
  const times = []
  for (let i = -warmUp; i < Number(samples); i++) {
    const durations = await Promise.all(workers.map(run))
    if (i >= 0) times.push(...durations)
  }
  print({ time: times })
  for (const each of workers) each.disconnect()
  monitor.close()
}

/** Pinned: two that share a processor take turns and do not get in each other's way. */
function worker(cpu, ...args) {
  const command = [process.execPath, fileURLToPath(import.meta.url), 'worker', ...args.map(String)]
  return spawn('taskset', ['-c', String(cpu), ...command], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

async function run(child) {
  const reply = once(child, 'message')
  child.send('run')
  return (await reply)[0]
}

function serve(id, source) {
  const program = openProgram({ id })
  const data = packets.tcp4.slice()
  data[29] = source // the last byte of the source address
  process.on('message', () => process.send(program.run({ data, repeat: 500_000 }).duration))
  process.on('disconnect', () => program.close())
  process.send('ready')
}
