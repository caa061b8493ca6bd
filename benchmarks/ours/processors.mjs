import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openProgram } from 'ebpf'
import { FlowMonitor } from 'ebpf/flows'
import { packets } from './packets.mjs'
import { print, warmUp } from './subject.mjs'

/**
 * processors COUNT one|each SAMPLES: what a packet takes in the flow program while so many threads run it at once, all with packets of
 * one flow or each of its own.
 */
if (isMainThread) await measure(...process.argv.slice(2))
else serve(workerData)

async function measure(count, flows, samples) {
  const monitor = await FlowMonitor.open({ interfaces: ['lo'] })
  const { id } = monitor.object.program('flow_ingress').info()
  const workers = Array.from(
    { length: Number(count) },
    (_, i) => new Worker(new URL(import.meta.url), { workerData: { id, source: flows === 'each' ? i : 0 } }),
  )
  const times = []
  for (let i = -warmUp; i < Number(samples); i++) {
    const durations = await Promise.all(workers.map(run))
    if (i >= 0) times.push(...durations)
  }
  print({ time: times })
  for (const worker of workers) worker.postMessage('end')
  monitor.close()
}

async function run(worker) {
  const reply = once(worker, 'message')
  worker.postMessage('run')
  return (await reply)[0]
}

function serve({ id, source }) {
  const program = openProgram({ id })
  const data = packets.tcp4.slice()
  data[29] = source // the last byte of the source address
  parentPort.on('message', (message) => {
    if (message === 'run') return parentPort.postMessage(program.run({ data, repeat: 500_000 }).duration)
    program.close()
    parentPort.close()
  })
}
