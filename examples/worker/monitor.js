import { parentPort, workerData } from 'node:worker_threads'
import { FlowMonitor } from 'ebpf/flows'

/** Counts until it is told to stop; what was counted until then is posted first, and the thread ends by itself. */
const { interval, ...options } = workerData
const monitor = await FlowMonitor.open(options)
const post = ({ flows, totals }) => parentPort.postMessage({ flows: flows.length, ...totals })

let last = Promise.resolve()
const timer = setInterval(() => {
  last = last.then(() => monitor.snapshot()).then(post)
}, interval)

parentPort.once('message', async () => {
  clearInterval(timer)
  await last
  post(await monitor.stop())
  monitor.close()
})
parentPort.postMessage('watching')
