import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BpfError, type BpfObject, NotSupportedError, open, type RecordReader, readAll } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

const noWakeup = 1n // BPF_RB_NO_WAKEUP
const overwrite = 1 << 19 // BPF_F_RB_OVERWRITE

const load = (programs: readonly string[], globals: Record<string, unknown> = {}) =>
  loadFixture('readers', programs, globals)
const numberOf = (record: Uint8Array) => Number(new DataView(record.buffer, record.byteOffset).getBigUint64(0, true))

/** Every way to wait; each returns the numbers of the records that it gets until the timeout. */
const ways: Readonly<Record<string, (reader: RecordReader<Uint8Array>, timeout: number) => Promise<number[]>>> = {
  poll: async (reader, timeout) => (await reader.poll({ timeout })).map(numberOf),
  async records(reader, timeout) {
    const seen: number[] = []
    for await (const record of reader.records({ timeout })) seen.push(numberOf(record))
    return seen
  },
  async batches(reader, timeout) {
    const seen: number[] = []
    for await (const batch of reader.batches({ timeout })) seen.push(...batch.toArray().map(numberOf))
    return seen
  },
  async forEach(reader, timeout) {
    const seen: number[] = []
    await reader.forEach((record) => void seen.push(numberOf(record)), { timeout })
    return seen
  },
  async readAll(reader, timeout) {
    const seen: number[] = []
    for await (const [, record] of readAll({ reader }, { timeout })) seen.push(numberOf(record))
    return seen
  },
}

for (const [way, wait] of Object.entries(ways)) {
  kernelTest(`${way} gives records without a wake-up at the timeout`, {}, async (t) => {
    using bpf = load(['output'], { flags: noWakeup })
    using ring = bpf.ringbuf<Uint8Array>('ring')
    const waiting = wait(ring, 100)
    await sleep(20)
    runOnPacket(bpf, 'output')
    t.deepEqual(await waiting, [0])
  })

  kernelTest(`${way} gives fewer samples than wakeupEvents at the timeout`, {}, async (t) => {
    using bpf = load(['sample'])
    using samples = bpf.perfbuf<Uint8Array>('samples', { pages: 8, wakeupEvents: 4 })
    const waiting = wait(samples, 100)
    await sleep(20)
    runOnPacket(bpf, 'sample')
    runOnPacket(bpf, 'sample')
    t.deepEqual(await waiting, [0, 1])
  })

  kernelTest(`${way} waits on while programs only discard records, and gives them back`, {}, async (t) => {
    using bpf = load(['output', 'discard'])
    using ring = bpf.ringbuf<Uint8Array>('ring')
    const discarding = setInterval(() => runOnPacket(bpf, 'discard'), 5)
    const waiting = wait(ring, 200)
    await sleep(50)
    runOnPacket(bpf, 'output')
    t.deepEqual(await waiting, [0])
    clearInterval(discarding)
    t.deepEqual(await wait(ring, 1), [])
    const { producer, consumer } = ring.positions()
    t.is(consumer, producer)
  })

  kernelTest(
    `${way} leaves the processor alone while the oldest record is unfinished`,
    { needs: ['bpf_loop'] },
    async (t) => {
      using bpf = load(['output', 'hold'], { hold_ns: 800_000_000n })
      using ring = bpf.ringbuf<Uint8Array>('ring')
      const holder = runElsewhere(bpf, 'hold')
      try {
        while (bpf.globals.holding === 0) await sleep(1)
        runOnPacket(bpf, 'output')
        const before = performance.eventLoopUtilization()
        const seen = await wait(ring, 1000)
        const { utilization } = performance.eventLoopUtilization(before)
        t.deepEqual(seen, [0, 1])
        t.true(utilization < 0.5, `busy for ${utilization} of the time`)
      } finally {
        await holder.ended
      }
    },
  )
}

/** Runs a program in a separate process, which holds a descriptor of it. */
function runElsewhere(bpf: BpfObject, program: string): { ended: Promise<unknown> } {
  const code = `
    const program = require('ebpf').openProgram({ id: ${bpf.program(program).info().id} })
    program.run({ data: new Uint8Array(64), context: new Uint8Array(192) })`
  return { ended: once(spawn(process.execPath, ['-e', code], { stdio: 'inherit' }), 'exit') }
}

kernelTest('close and an abort end a wait for a record that is unfinished', { needs: ['bpf_loop'] }, async (t) => {
  using bpf = load(['hold'], { hold_ns: 200_000_000n })
  using ring = bpf.ringbuf<Uint8Array>('ring')
  const holder = runElsewhere(bpf, 'hold')
  while (bpf.globals.holding === 0) await sleep(1)
  t.deepEqual(await ring.poll({ signal: AbortSignal.timeout(30) }), [])
  setTimeout(() => ring.close(), 30)
  t.deepEqual(await ring.poll(), [])
  await holder.ended
})

kernelTest('a ring whose programs overwrite what is being read is refused', {}, (t) => {
  const object = open(fixture('readers'))
  for (const program of object.programs.values()) program.autoload = false
  object.map('ring').flags = overwrite
  let bpf: BpfObject
  try {
    bpf = object.loadSync()
  } catch (error) {
    t.is((error as BpfError).code, 'EINVAL', 'a kernel before 6.19 has no such rings')
    return
  }
  const error = t.throws(() => bpf.ringbuf('ring'), { instanceOf: NotSupportedError, code: 'ENOTSUP' })
  t.regex(error?.message ?? '', /ring.*BPF_F_RB_OVERWRITE/)
  bpf.close()
})

kernelTest('a sample that perf has no size for is never given short, and counted as lost', {}, (t) => {
  using bpf = load(['sample'])
  using samples = bpf.perfbuf<Uint8Array>('samples', { pages: 64 })
  for (const size of [8, 65_512, 65_516, 65_525, 65_536, 100_000, 16]) {
    bpf.globals.size = size
    runOnPacket(bpf, 'sample')
  }
  const lengths = samples.read().map(({ length }) => length)
  // The kernel pads the length to a multiple of 8, minus 4.
  t.deepEqual(lengths, [12, 65_516, 65_516, 20])
  t.is(bpf.globals.sent, 7n)
  t.is(
    [...samples.lost().values()].reduce((sum, lost) => sum + lost, 0n),
    3n,
  )
})

kernelTest('a cursor that is kept beyond its record’s batch, or the reader, answers EBADF', {}, async (t) => {
  using bpf = load(['output'])
  using ring = bpf.ringbuf('ring')
  runOnPacket(bpf, 'output')
  const kept: { u64(offset: number): bigint; readonly length: number; bytes(): Uint8Array }[] = []
  for await (const batch of ring.batches()) {
    batch.forEachCursor((record) => void kept.push(record))
    t.is(kept[0]?.u64(0), 0n)
    break
  }
  const [cursor] = kept
  const uses = [() => cursor?.u64(0), () => cursor?.length, () => cursor?.bytes()]
  for (const use of uses) t.throws(use, { code: 'EBADF', message: /record cursor/ })
  runOnPacket(bpf, 'output')
  for (const use of uses) t.throws(use, { code: 'EBADF' })
  await ring.batches({ timeout: 1 }).next()
  ring.close()
  for (const use of uses) t.throws(use, { code: 'EBADF' })
  using own = bpf.ringbuf<{ u64(offset: number): bigint }>('ring', { decode: (record) => record })
  runOnPacket(bpf, 'output')
  const [record] = own.read()
  t.throws(() => record?.u64(0), { code: 'EBADF' })
  runOnPacket(bpf, 'output')
  await own.forEach((each) => {
    own.close()
    t.throws(() => each.u64(0), { code: 'EBADF' })
  })
})
