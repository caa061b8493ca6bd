import { spawnSync } from 'node:child_process'
import { kernelTest } from '../helpers/kernel-test.js'

/**
 * What other code may do with a view's buffer. Each runs in its own program, since the test is that it does not crash.
 * `view` makes one of 64 MiB, so that jobs on the thread pool are still using it; `move` detaches a buffer and returns
 * the new one.
 */
const prelude = `
  const { createMap } = require('ebpf')
  const zlib = require('node:zlib'), crypto = require('node:crypto'), fs = require('node:fs')
  const { Worker, isMainThread, parentPort } = require('node:worker_threads')
  const { setTimeout: sleep } = require('node:timers/promises')
  const { promisify } = require('node:util')
  process.removeAllListeners('warning') // of handles that are forgotten on purpose
  const map = createMap({ type: 'array', keySize: 4, valueSize: 8, maxEntries: 8 << 20, flags: ['mmapable'] })
  const view = () => map.view()
  const move = async (buffer) => {
    if (buffer.transfer) return buffer.transfer()
    const stream = new ReadableStream({ type: 'bytes', start: (controller) => controller.enqueue(new Uint8Array(buffer)) })
    return (await stream.getReader().read()).value.buffer
  }
  const collect = async () => { for (let i = 0; i < 5; i++) { gc(); await sleep(5) } }
  const mapped = () => fs.readFileSync('/proc/self/maps', 'latin1').includes('bpf-map')
`

const scenes: Readonly<Record<string, { readonly code: string; readonly says: string }>> = {
  'a view that is closed while zlib reads its buffer': {
    code: `
      const it = view(), bytes = new Uint8Array(it.buffer).fill(7)
      const deflated = promisify(zlib.deflate)(bytes)
      await sleep(5)
      it.close()
      const whole = await promisify(zlib.inflate)(await deflated)
      say(whole.length, whole.every((byte) => byte === 7))`,
    says: '67108864 true',
  },
  'a view that is forgotten while zlib reads its buffer': {
    code: `
      const deflated = promisify(zlib.deflate)(new Uint8Array(view().buffer).fill(7))
      await collect()
      const whole = await promisify(zlib.inflate)(await deflated)
      say(whole.length, whole.every((byte) => byte === 7))`,
    says: '67108864 true',
  },
  'a view that is closed while random bytes are written to its buffer': {
    code: `
      const it = view(), bytes = new Uint8Array(it.buffer)
      const filled = promisify(crypto.randomFill)(bytes)
      await sleep(1)
      it.close()
      await filled
      say(map.get(0).some((byte) => byte !== 0) || map.get(1).some((byte) => byte !== 0))`,
    says: 'true',
  },
  'a buffer that is moved while random bytes are written to it, and then collected': {
    code: `
      const it = view()
      const filled = promisify(crypto.randomFill)(new Uint8Array(it.buffer))
      await sleep(1)
      ;(await move(it.buffer)).byteLength
      await collect()
      await filled
      say(it.byteLength, it.buffer.byteLength)`,
    says: '67108864 67108864',
  },
  'a buffer that is moved lives on without its view': {
    code: `
      const it = view()
      const moved = new Uint8Array(await move(it.buffer))
      it.close()
      await collect()
      moved[8] = 5
      say(moved.length, map.get(1)[0])`,
    says: '67108864 5',
  },
  'a clone of a buffer is a copy, and one that is transferred is the memory, where Node.js allows that': {
    code: `
      const it = view(), bytes = new Uint8Array(it.buffer)
      bytes[0] = 1
      const copy = new Uint8Array(structuredClone(bytes.buffer))
      bytes[0] = 2
      let moved
      try {
        moved = new Uint8Array(structuredClone(it.buffer, { transfer: [it.buffer] }))
      } catch (error) {
        if (error.name !== 'DataCloneError') throw error
        moved = bytes
      }
      it.close()
      await collect()
      say(copy[0], moved[0])`,
    says: '1 2',
  },
  'a worker ends while its buffer is in another thread': {
    code: `
      const worker = new Worker('(' + send + ')()', { eval: true })
      const moved = await new Promise((resolve) => worker.once('message', resolve))
      await worker.terminate()
      await collect()
      say(new Uint8Array(moved)[8])`,
    says: '5',
  },
  'the memory goes once nothing holds it': {
    code: `
      const use = () => { const it = view(); new Uint8Array(it.buffer)[0] = 1; it.close() }
      use()
      const before = mapped()
      await collect()
      map.freeze()
      say(before, mapped(), map.info().frozen)`,
    says: 'true false true',
  },
}

const send = `
  async () => {
    ${prelude}
    const it = view()
    new Uint8Array(it.buffer)[8] = 5
    const moved = await move(it.buffer)
    it.close()
    parentPort.postMessage(moved, [moved])
    setInterval(() => {}, 1000)
  }`

for (const [scene, { code, says }] of Object.entries(scenes)) {
  kernelTest(`memory of a map: ${scene}`, {}, (t) => {
    const main = `${prelude}
      const send = ${JSON.stringify(send)}
      const say = (...what) => console.log(...what)
      ;(async () => { ${code} })()`
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', main], {
      encoding: 'utf8',
      timeout: 120_000,
    })
    t.deepEqual({ status, signal, stdout, stderr }, { status: 0, signal: null, stdout: `${says}\n`, stderr: '' })
  })
}
