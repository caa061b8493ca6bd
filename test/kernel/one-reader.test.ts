import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { BpfError, createMap, openMap, PerfBuffer, RingBuffer, UserRingBuffer } from 'ebpf'
import { kernelTest } from '../helpers/kernel-test.js'

const busy = (message: RegExp) => ({ instanceOf: BpfError, code: 'EBUSY', message }) as const

kernelTest('a ring has one reader in a process, by whatever handle, until it is closed', {}, (t) => {
  using map = createMap({ type: 'ringbuf', name: 'events', maxEntries: 4096 })
  using other = createMap({ type: 'ringbuf', name: 'others', maxEntries: 4096 })
  using again = openMap({ id: map.id })
  const reader = new RingBuffer(map)
  const refused = busy(new RegExp(`map events \\(id ${map.id}\\) already has a reader in this process`))
  t.throws(() => new RingBuffer(map), refused)
  t.throws(() => new RingBuffer(again), refused)
  new RingBuffer(other).close()
  reader.close()
  reader.close()
  using next = new RingBuffer(again)
  t.deepEqual(next.read(), [])
  t.throws(() => new RingBuffer(map), refused)
})

kernelTest('a worker’s reader is in the way until the worker ends', {}, async (t) => {
  using map = createMap({ type: 'ringbuf', name: 'events', maxEntries: 4096 })
  const worker = new Worker(
    `const binding = require('node-gyp-build')(process.cwd())
    globalThis.kept = binding.openRingBuffer(binding.mapById(${map.id}))
    require('node:worker_threads').parentPort.postMessage('open')
    setInterval(() => {}, 1000)`,
    { eval: true },
  )
  await once(worker, 'message')
  t.throws(() => new RingBuffer(map), busy(/map events/))
  await worker.terminate()
  new RingBuffer(map).close()
})

kernelTest('a perf buffer has one reader for each CPU', {}, (t) => {
  using map = createMap({ type: 'perf_event_array', name: 'samples' })
  using reader = new PerfBuffer(map, { cpus: [0], pages: 1 })
  t.throws(() => new PerfBuffer(map, { pages: 1 }), busy(/map samples \(id \d+\) already has a reader for CPU 0/))
  reader.close()
  // A reader that is refused, by us or by the kernel, keeps nothing.
  t.throws(() => new PerfBuffer(map, { pages: 3 }), { code: 'EINVAL' })
  new PerfBuffer(map, { pages: 1 }).close()
})

kernelTest('a user ring buffer has one writer', { needs: ['user_ringbuf'] }, (t) => {
  using map = createMap({ type: 'user_ringbuf', name: 'commands', maxEntries: 4096 })
  using writer = new UserRingBuffer(map)
  t.throws(() => new UserRingBuffer(map), busy(/map commands \(id \d+\) already has a writer in this process/))
  writer.close()
  new UserRingBuffer(map).close()
})
