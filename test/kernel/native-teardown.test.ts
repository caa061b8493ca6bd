import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'

/** CommonJS with the addon, an open object and one of its ring buffers. */
const prelude = `
  const binding = require('node-gyp-build')(process.cwd())
  const open = () => binding.openObject(${JSON.stringify(fixture('native_ringbuf'))}, {})
  const ringOf = (object) => binding.openRingBuffer(object.map(object.maps().findIndex(({ name }) => name === 'events')))
  const loaded = open()
  loaded.loadSync()
  const ring = ringOf(loaded)
  const produce = () => binding.runProgram(loaded.program(0).fd, 'program', { data: new Uint8Array(64) })
  const ready = () => require('node:worker_threads').parentPort?.postMessage('ready')
`

/** What an environment may be doing when it is torn down. */
const scenes = {
  'while it waits': 'ring.wait(() => {}); ready()',
  'with a wait cancelled': 'ring.wait(() => {}); ring.cancel(); ready(); setInterval(() => {}, 1000)',
  'while objects load': 'for (let i = 0; i < 8; i++) open().load(); ready()',
  'while maps are updated': `
    const map = binding.createMap({ type: 1, keySize: 4, valueSize: 4, maxEntries: 100 })
    for (let i = 0; i < 100; i++) map.updateAsync(new Uint8Array([i, 0, 0, 0]), new Uint8Array(4), 0)
    ready()`,
  'while it waits for a perf buffer': `
    const map = binding.createMap({ type: 4, keySize: 4, valueSize: 4, maxEntries: 1 })
    binding.openPerfBuffer(map, { pages: 1, cpus: new Uint32Array(1), wakeupEvents: 1 }).wait(() => {})
    ready()`,
  'with a map’s memory in use': `
    const map = binding.createMap({ type: 2, keySize: 4, valueSize: 8, maxEntries: 9, flags: 1 << 10 })
    const bytes = new Uint8Array(binding.mapMemory(map, true).data)
    setInterval(() => bytes.fill(1), 1)
    ready()`,
  'with everything left open': 'loaded.program(0).fd; ring.acquire(0); ready(); setInterval(() => {}, 1000)',
  'from the callback of a wait': 'produce(); ring.wait(() => { ready(); process.exit(0) })',
  'in a loop of callbacks': 'produce(); const again = () => ring.wait(again); again(); ready()',
}

for (const [scene, code] of Object.entries(scenes)) {
  kernelTest(`a worker is terminated ${scene}`, {}, async (t) => {
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(prelude + code, { eval: true })
      await once(worker, 'message')
      await worker.terminate()
    }
    t.pass()
  })

  kernelTest(`a process exits ${scene}`, {}, (t) => {
    const exit = ';setTimeout(() => process.exit(0), 20)'
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', prelude + code + exit], { encoding: 'utf8' })
    t.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
  })
}

/** Runs the code in a separate process, with access to the garbage collector. */
function run(code: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--expose-gc', '-e', prelude + code], { encoding: 'utf8', timeout: 20_000 })
}

kernelTest('a process ends by itself when nothing waits', {}, (t) => {
  const { status, stderr } = run('ring.wait(() => {}); ring.cancel()')
  t.deepEqual({ status, stderr }, { status: 0, stderr: '' })
})

for (const thrown of ['new Error("mine")', 'null', 'undefined', '"text"']) {
  kernelTest(`what a wait’s callback throws is an uncaught exception: ${thrown}`, {}, (t) => {
    const { status, stdout, stderr } = run(`
      process.on('uncaughtException', (error) => { console.log('caught', error?.message ?? error); ring.close() })
      produce()
      ring.wait(() => { throw ${thrown} })
    `)
    t.is(stderr, '')
    t.is(stdout, `caught ${thrown.replace(/new Error\("(.*)"\)|"(.*)"/, '$1$2')}\n`)
    t.is(status, 0)
  })
}

kernelTest('promise jobs run after a wait’s callback, before the next', {}, (t) => {
  const { stdout } = run(`
    produce()
    ring.wait(() => {
      Promise.resolve().then(() => { console.log('job'); ring.close() })
      setImmediate(() => console.log('immediate'))
    })
  `)
  t.is(stdout, 'job\nimmediate\n')
})

kernelTest('what is forgotten is collected and closed, its ring’s memory with its last view', {}, (t) => {
  const { status, stdout, stderr } = run(`
    const fs = require('node:fs')
    const count = () => fs.readdirSync('/proc/self/fd').filter((fd) => {
      try { return fs.readlinkSync('/proc/self/fd/' + fd).includes('bpf') } catch { return false }
    }).length
    const mappings = () => fs.readFileSync('/proc/self/maps', 'utf8').split('anon_inode:bpf').length
    const collect = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise((done) => setTimeout(done, 10)) } }
    ;(async () => {
      await collect()
      const before = [count(), mappings()]
      const views = []
      const forget = () => {
        const object = open()
        object.loadSync()
        views.push(new Uint8Array(ringOf(object).data))
      }
      for (let i = 0; i < 20; i++) forget()
      await collect()
      if (views.some((view) => view.length !== 8192 || view[0] !== 0)) throw new Error('a view lost its memory')
      views.length = 0
      await collect()
      console.log(JSON.stringify([before, [count(), mappings()]]))
      ring.close()
    })()
  `)
  t.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  const [before, after] = JSON.parse(stdout)
  t.deepEqual(after, before)
})

kernelTest('two environments use the addon at once', {}, async (t) => {
  const code = `
    let seen = 0
    const next = () => {
      ring.release(ring.acquire(0))
      if (++seen === 500) return ready()
      ring.wait(next)
      produce()
    }
    next()
  `
  const workers = [0, 1, 2, 3].map(() => new Worker(prelude + code, { eval: true }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  await Promise.all(workers.map((worker) => worker.terminate()))
  t.pass()
})
