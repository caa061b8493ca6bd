import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { BpfError, open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture } from '../helpers/load-fixture.js'

/** Loads, runs and reads forever, all at once. */
const load = `
  const { open } = require('ebpf')
  const { parentPort } = require('node:worker_threads')
  const opened = () => {
    const object = open(${JSON.stringify(fixture('handles'))})
    for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
    return object
  }
  const again = async () => { for (;;) { using(await opened().load()) } }
  const using = (bpf) => bpf.close()
  again()
  const bpf = opened().loadSync()
  const reading = bpf.ringbuf('events').forEach(() => {})
  const waiting = bpf.map('hits').setAsync(1, { hits: 1n, last: 1, pad: 0 })
  setInterval(() => bpf.program('run_once').run({ data: new Uint8Array(64) }), 1)
  parentPort.postMessage('ready')
`

kernelTest('workers that load, wait and read are terminated over and over', { needs: [] }, async (t) => {
  const descriptors = () => readdirSync('/proc/self/fd').length
  const round = async () => {
    const worker = new Worker(load, { eval: true })
    worker.on('error', (error) => t.fail(String(error)))
    await once(worker, 'message')
    await worker.terminate()
  }
  await round()
  const before = { descriptors: descriptors(), memory: process.memoryUsage.rss() }
  for (let i = 0; i < 25; i++) await Promise.all([round(), round()])
  t.true(descriptors() <= before.descriptors, `${before.descriptors} descriptors before, ${descriptors()} after`)
  t.true(process.memoryUsage.rss() < before.memory + 256 * 2 ** 20)
})

kernelTest('a handle does not cross to another thread', {}, async (t) => {
  using bpf = loadFixture('handles', ['run_once'])
  const worker = new Worker(`require('node:worker_threads').parentPort.once('message', () => {})`, { eval: true })
  worker.postMessage({})
  for (const handle of [bpf, bpf.map('hits'), bpf.program('run_once')]) {
    const copy = structuredClone(handle) as { close?: unknown }
    t.is(copy.close, undefined)
  }
  await worker.terminate()
})

for (const thrown of [null, undefined, 'text', new Error('mine')]) {
  kernelTest(`what a callback throws comes out as it is: ${String(thrown)}`, {}, async (t) => {
    const fail = () => {
      throw thrown
    }
    const caught = async (run: () => unknown) => {
      try {
        await run()
      } catch (error) {
        return [error]
      }
      return []
    }
    t.deepEqual(await caught(() => open(fixture('handles'), { onLog: fail })), [thrown])
    t.deepEqual(await caught(() => open(new Uint8Array(7), { onLog: fail })), [thrown])
    using bpf = loadFixture('handles', ['run_once'])
    const ring = bpf.ringbuf('events')
    const produce = () => bpf.program('run_once').run({ data: new Uint8Array(64) })
    produce()
    t.deepEqual(await caught(() => ring.forEach(fail)), [thrown])
    ring.close()
    produce()
    using decoding = bpf.ringbuf('events', { decode: fail })
    t.deepEqual(await caught(() => decoding.read()), [thrown])
    const codec = { encode: fail, decode: fail }
    t.deepEqual(await caught(() => bpf.map<number, number>('per_cpu', { value: codec, key: codec }).get(0)), [thrown])
  })
}

kernelTest('an abort in the middle of a wait, and a close, end it', {}, async (t) => {
  using bpf = loadFixture('handles', ['run_once'])
  using ring = bpf.ringbuf('events')
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController()
    const reading = ring.poll({ signal: controller.signal })
    t.throws(() => ring.read(), { instanceOf: BpfError, code: 'EBUSY' })
    setImmediate(() => controller.abort(i % 2 ? null : undefined))
    t.deepEqual(await reading, [])
  }
})
