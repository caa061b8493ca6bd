import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { createMap, PerfBuffer } from 'ebpf'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

interface Sample {
  sequence: bigint
  index: number
  marker: number
}

const load = (samplesPerRun: number) => loadFixture('maps', ['sample'], { samples_per_run: samplesPerRun })

kernelTest('a perf buffer’s records are decoded by their struct', {}, (t) => {
  using bpf = load(2)
  using samples = bpf.perfbuf<Sample>('samples', { type: 'sample' })
  t.deepEqual(samples.read(), [])
  runOnPacket(bpf, 'sample')
  t.deepEqual(samples.read(), [
    { sequence: 0n, index: 0, marker: 0xfeedc0de },
    { sequence: 0n, index: 1, marker: 0xfeedc0de },
  ])
  t.deepEqual(samples.read(), [])
})

kernelTest('a perf buffer’s records come as bytes without a type, padded by the kernel', {}, (t) => {
  using bpf = load(1)
  using samples = bpf.perfbuf<Uint8Array>('samples')
  runOnPacket(bpf, 'sample')
  const [record = new Uint8Array()] = samples.read()
  t.is(record.length, 20)
  t.is(new DataView(record.buffer).getUint32(12, true), 0xfeedc0de)
})

kernelTest('a perf buffer wakes its reader up for every record, and its rings wrap around', {}, async (t) => {
  using bpf = load(300)
  using samples = bpf.perfbuf<number>('samples', { decode: (record) => record.u32(8), pages: 4 })
  const indices: number[] = []
  const reading = samples.forEach((index) => void indices.push(index), {
    signal: AbortSignal.timeout(120_000),
    timeout: 10_000,
  })
  // 4 pages hold 409 records of 40 bytes: each run waits until the last one was read.
  for (let run = 1; run <= 20; run++) {
    runOnPacket(bpf, 'sample')
    while (indices.length < run * 300) await turn()
  }
  samples.close()
  await reading
  t.deepEqual(
    indices,
    Array.from({ length: 6000 }, (_, i) => i % 300),
  )
  t.is(bpf.globals.refused, 0n)
})

kernelTest('a perf buffer wakes its reader up once as many records are there as were asked for', {}, async (t) => {
  using bpf = load(1)
  using samples = bpf.perfbuf<Sample>('samples', { type: 'sample', wakeupEvents: 3 })
  let woken = false
  const polled = samples.poll().then((records) => {
    woken = true
    return records
  })
  // A wait ends at once if there is data when it begins, and it begins once the event loop has come round.
  for (const _ of [1, 2]) await turn()
  runOnPacket(bpf, 'sample')
  await sleep(50)
  t.false(woken)
  bpf.globals.samples_per_run = 3
  runOnPacket(bpf, 'sample')
  t.is((await polled).length, 4)
})

kernelTest(
  'a limit keeps batches of a perf buffer small, down to the largest record that there can be',
  {},
  async (t) => {
    using bpf = load(512)
    using samples = bpf.perfbuf<Sample>('samples', { type: 'sample' })
    for (let i = 0; i < 6; i++) runOnPacket(bpf, 'sample')
    const batches: { bytes: number; records: number }[] = []
    for await (const batch of samples.batches({ batchBytes: 1, timeout: 10 }))
      batches.push({ bytes: batch.byteLength, records: batch.toArray().length })
    t.is(bpf.globals.refused, 0n)
    t.is(
      batches.reduce((sum, { records }) => sum + records, 0),
      6 * 512,
    )
    for (const { bytes } of batches) t.true(bytes <= 65_536, `${bytes}`)
  },
)

kernelTest('a perf buffer has a ring for each CPU that is online and in the map, or that was named', {}, (t) => {
  using bpf = load(1)
  const online = cpus().map((_, cpu) => cpu)
  using all = bpf.perfbuf('samples')
  t.deepEqual(
    [...all.lost()],
    online.map((cpu) => [cpu, 0n]),
  )
  all.close()
  using first = bpf.perfbuf('samples', { cpus: [0] })
  t.deepEqual([...first.lost()], [[0, 0n]])
  using small = createMap({ type: 'perf_event_array', maxEntries: 1 })
  using only = new PerfBuffer(small)
  t.deepEqual([...only.lost()], [[0, 0n]])
})

kernelTest('what a full ring cannot take is counted as lost by its CPU, each time', {}, (t) => {
  using bpf = load(512)
  using samples = bpf.perfbuf<Sample>('samples', { type: 'sample', pages: 1 })
  onOneCpu((cpu) => {
    let written = 0
    for (const runs of [8, 5]) {
      bpf.globals.samples_per_run = 512
      for (let i = 0; i < runs; i++) runOnPacket(bpf, 'sample')
      const read = samples.read().length
      t.true(read > 50)
      written += read
      // The kernel reports a loss the next time that it can write.
      bpf.globals.samples_per_run = 1
      runOnPacket(bpf, 'sample')
      t.is(samples.read().length, 1)
    }
    t.is(samples.lost().get(cpu), BigInt(13 * 512 - written))
    t.is(bpf.globals.refused, samples.lost().get(cpu))
  })
})

kernelTest('leaving the loop early leaves what was not reached for the next', {}, async (t) => {
  using bpf = load(5)
  using samples = bpf.perfbuf<Sample>('samples', { type: 'sample' })
  runOnPacket(bpf, 'sample')
  for await (const { index } of samples) {
    if (index === 1) break
  }
  t.deepEqual(
    samples.read().map(({ index }) => index),
    [2, 3, 4],
  )
})

kernelTest('a wait ends after its timeout, at an abort and at close', {}, async (t) => {
  using bpf = load(1)
  const samples = bpf.perfbuf<Sample>('samples', { type: 'sample' })
  t.deepEqual(await samples.poll({ timeout: 10 }), [])
  for await (const _sample of samples.records({ timeout: 10 })) t.fail()
  for await (const _sample of samples.records({ signal: AbortSignal.timeout(20) })) t.fail()
  const polled = samples.poll()
  await t.throwsAsync(samples.poll(), { code: 'EBUSY' })
  runOnPacket(bpf, 'sample')
  t.is((await polled).length, 1)
  setImmediate(() => samples.close())
  for await (const _sample of samples) t.fail()
  t.throws(() => samples.read(), { code: 'EBADF' })
  using again = bpf.perfbuf('samples')
  await t.throwsAsync(again.poll({ timeout: Number.NaN }), { instanceOf: RangeError, message: /NaN/ })
})

kernelTest('what is no perf buffer, or cannot be one, is refused by name', {}, (t) => {
  using bpf = load(1)
  t.throws(() => bpf.perfbuf('traffic'), { code: 'EINVAL', message: /traffic is not a perf event array/ })
  t.throws(() => bpf.perfbuf('samples', { pages: 3 }), { code: 'EINVAL', message: /power of two/ })
  t.throws(() => bpf.perfbuf('samples', { cpus: [-1] }), { instanceOf: RangeError, message: /-1/ })
  t.throws(() => bpf.perfbuf('samples', { cpus: [0, 0] }), { instanceOf: RangeError, message: /twice/ })
  t.throws(() => bpf.perfbuf('samples', { cpus: [] }), { instanceOf: RangeError, message: /empty/ })
  t.throws(() => bpf.perfbuf('samples', { type: 'smaple' }), { instanceOf: RangeError, message: /smaple/ })
})

/** Runs `use` on one CPU, so that every program run by it writes to one ring. */
function onOneCpu(use: (cpu: number) => void): void {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const setCpus = (list: string) => execFileSync('taskset', ['-p', '-c', list, String(process.pid)])
  const cpu = Number.parseInt(allowed, 10)
  setCpus(String(cpu))
  try {
    use(cpu)
  } finally {
    setCpus(allowed)
  }
}
