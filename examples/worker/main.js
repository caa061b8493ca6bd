import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'

const { values } = parseArgs({
  options: {
    /** Names and patterns. */
    interface: { type: 'string', multiple: true, default: ['lo'] },
    netns: { type: 'string' },
  },
})

const worker = new Worker(new URL('./monitor.js', import.meta.url), {
  workerData: { interfaces: values.interface, interval: 500, ...(values.netns && { netns: values.netns }) },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => worker.postMessage('stop'))

let packets = 0
worker.on('message', (message) => {
  if (message === 'watching') return console.log('watching')
  packets += message.packets
  console.log(`${message.flows} flows, ${message.packets} packets, ${message.bytes} bytes`)
})
// An error of the worker is one of the process: nobody would count in its place.
const [status] = await once(worker, 'exit')
console.log(`the worker ended with status ${status} after ${packets} packets`)
process.exitCode = status
