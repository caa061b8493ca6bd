import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { type BpfObject, open, type RecordBatch } from 'ebpf'
import { blockEventLoop } from '../helpers/block-event-loop.js'
import { fixture } from '../helpers/fixture.js'
import '../helpers/no-leaks.js'

interface Event {
  sequence: bigint
  length: number
  port: number
  kind: number | string
  text: Uint8Array | string
}

function load(globals: Record<string, unknown> = {}): { bpf: BpfObject; produce: () => void } {
  const object = open(fixture('handles'))
  for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
  for (const [name, value] of Object.entries(globals)) object.globals[name] = value
  const bpf = object.loadSync()
  return { bpf, produce: () => bpf.program('run_once').run({ data: new Uint8Array(64) }) }
}

test('records are decoded by their struct', (t) => {
  const { bpf, produce } = load({ events_per_run: 2 })
  using _ = bpf
  using events = bpf.ringbuf<Event>('events', { type: 'event', charArrays: 'string', enums: 'name' })
  produce()
  t.deepEqual(events.read(), [
    { sequence: 1n, length: 0, port: 443, kind: 'EVENT_PLAIN', text: 'hello' },
    { sequence: 1n, length: 1, port: 443, kind: 'EVENT_LAST', text: 'hello' },
  ])
  t.deepEqual(events.read(), [])
})

test('records come as bytes without a type, and through a decoder of one’s own', (t) => {
  const { bpf, produce } = load()
  using _ = bpf
  using raw = bpf.ringbuf<Uint8Array>('events')
  produce()
  const [record = new Uint8Array()] = raw.read()
  t.is(record.length, 32)
  t.is(new DataView(record.buffer, record.byteOffset).getUint16(12, true), 443)
  raw.close()
  using ports = bpf.ringbuf<number>('events', { decode: (cursor) => cursor.u16(12) })
  produce()
  t.deepEqual(ports.read(), [443])
})

test('async iteration yields what is produced while it waits, in order, with nothing lost', async (t) => {
  const { bpf, produce } = load({ events_per_run: 100 })
  using _ = bpf
  using events = bpf.ringbuf<Event>('events', { type: 'event' })
  const lengths: number[] = []
  const producing = (async () => {
    for (let i = 0; i < 50; i++) {
      await sleep(1)
      produce()
    }
  })()
  for await (const event of events) {
    lengths.push(event.length)
    if (lengths.length === 5000) break
  }
  await producing
  t.is(bpf.globals.dropped, 0n)
  t.deepEqual(
    lengths,
    Array.from({ length: 5000 }, (_, i) => i % 100),
  )
})

test('batches are read in place by a cursor and passed over where discarded', async (t) => {
  const { bpf, produce } = load({ events_per_run: 9, discard_every: 3 })
  using _ = bpf
  using events = bpf.ringbuf('events')
  produce()
  const lengths: number[] = []
  for await (const batch of events.batches()) {
    batch.forEachCursor((record) => {
      t.is(record.length, 32)
      t.throws(() => record.u32(29), { instanceOf: RangeError, message: /29.*32/ })
      lengths.push(record.u32(8))
    })
    break
  }
  t.deepEqual(lengths, [1, 2, 4, 5, 7, 8])
})

test('a limit keeps batches small, and gives one record where it is less than that', async (t) => {
  for (const [batchBytes, sizes] of [
    [80, [2, 2, 1]],
    [119, [2, 2, 1]],
    [120, [3, 2]],
    [1, [1, 1, 1, 1, 1]],
    [0, [5]],
  ] as const) {
    const { bpf, produce } = load({ events_per_run: 5 })
    using _ = bpf
    using events = bpf.ringbuf('events')
    produce()
    const seen: number[] = []
    for await (const batch of events.batches({ batchBytes, timeout: 10 })) seen.push(batch.toArray().length)
    t.deepEqual(seen, sizes, `${batchBytes}`)
  }
})

test('records that are there when the time is over are read before the loop ends', async (t) => {
  const { bpf, produce } = load({ events_per_run: 5 })
  using _ = bpf
  using events = bpf.ringbuf('events')
  produce()
  const seen: number[] = []
  for await (const batch of events.batches({ batchBytes: 80, timeout: 1 })) {
    seen.push(batch.toArray().length)
    void blockEventLoop()
  }
  t.deepEqual(seen, [2, 2, 1])
})

test('a record that is shorter than its struct is refused, and one that is longer is decoded', (t) => {
  const { bpf, produce } = load()
  using _ = bpf
  using other = open(fixture('types'))
  // Records of 112 bytes; an event has 32, and stats has 16.
  using short = bpf.ringbuf('events', { type: 'scalars', ...(other.btf && { btf: other.btf }) })
  produce()
  t.throws(() => short.read(), { instanceOf: RangeError, message: /a record of 32 bytes is shorter than scalars/ })
  short.close()
  using long = bpf.ringbuf<{ hits: bigint }>('events', { type: 'stats' })
  produce()
  t.is(long.read()[0]?.hits, 2n)
})

test('a wait that is over leaves neither its timer nor a listener behind', async (t) => {
  const { bpf, produce } = load()
  using _ = bpf
  using events = bpf.ringbuf('events')
  const { signal } = new AbortController()
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
  const before = timers()
  const polled = events.poll({ signal, timeout: 1_000_000 })
  t.is(timers(), before + 1)
  t.is(getEventListeners(signal, 'abort').length, 1)
  produce()
  t.is((await polled).length, 1)
  t.is(timers(), before)
  t.is(getEventListeners(signal, 'abort').length, 0)
})

test('a full ring refuses and the program counts it; what is in it is still whole', (t) => {
  const { bpf, produce } = load({ events_per_run: 512 })
  using _ = bpf
  using events = bpf.ringbuf<Event>('events', { type: 'event' })
  for (let i = 0; i < 4; i++) produce()
  const { producer, consumer } = events.positions()
  t.is(consumer, 0n)
  t.true(producer <= BigInt(events.size))
  const read = events.read().length
  t.is(BigInt(read) + (bpf.globals.dropped as bigint), 2048n)
  t.true(read > 1000)
  t.is(events.positions().consumer, producer)
})

test('the ring wraps around many times without losing a record', (t) => {
  const { bpf, produce } = load({ events_per_run: 511 })
  using _ = bpf
  using events = bpf.ringbuf<number>('events', { decode: (record) => record.u32(8) })
  for (let i = 0; i < 40; i++) {
    produce()
    t.deepEqual(
      events.read(),
      Array.from({ length: 511 }, (_, n) => n),
    )
  }
  t.is(bpf.globals.dropped, 0n)
})

test('an aborted signal ends a wait without an error, and what is there stays', async (t) => {
  const { bpf, produce } = load()
  using _ = bpf
  using events = bpf.ringbuf('events')
  t.deepEqual(await events.poll({ signal: AbortSignal.abort() }), [])
  produce()
  t.deepEqual(await events.poll({ signal: AbortSignal.abort() }), [])
  t.is(events.read().length, 1)
  for await (const _record of events.records({ signal: AbortSignal.abort() })) t.fail()
  const signal = AbortSignal.timeout(50)
  for await (const _record of events.records({ signal })) t.fail()
  t.true(signal.aborted)
})

test('close ends an iteration that waits', async (t) => {
  const { bpf } = load()
  using _ = bpf
  const events = bpf.ringbuf('events')
  setTimeout(() => events.close(), 20)
  for await (const _record of events) t.fail()
  t.true(events.closed)
})

test('close in the loop’s body ends the iteration', async (t) => {
  const { bpf, produce } = load({ events_per_run: 3 })
  using _ = bpf
  const events = bpf.ringbuf('events')
  produce()
  let seen = 0
  for await (const _record of events) {
    seen++
    events.close()
  }
  t.is(seen, 1)
  const others = bpf.ringbuf('events')
  await others.forEach(() => void others.close())
  t.true(others.closed)
})

test('poll and a timeout end a wait for records that do not come', async (t) => {
  const { bpf, produce } = load()
  using _ = bpf
  using events = bpf.ringbuf<Event>('events', { type: 'event' })
  t.deepEqual(await events.poll({ timeout: 10 }), [])
  for await (const _record of events.records({ timeout: 10 })) t.fail()
  const polled = events.poll()
  t.throws(() => events.read(), { code: 'EBUSY' })
  produce()
  t.is((await polled).length, 1)
})

test('a second reader at the same time is refused', async (t) => {
  const { bpf } = load()
  using _ = bpf
  using events = bpf.ringbuf('events')
  const controller = new AbortController()
  const first = events.records({ signal: controller.signal }).next()
  await t.throwsAsync(events.records().next(), { code: 'EBUSY' })
  controller.abort()
  t.true((await first).done)
})

test('a batch that is kept beyond its turn throws instead of reading what the kernel wrote since', async (t) => {
  const { bpf, produce } = load()
  using _ = bpf
  using events = bpf.ringbuf('events')
  produce()
  let kept: RecordBatch<unknown> | undefined
  for await (const batch of events.batches()) {
    kept = batch
    break
  }
  t.throws(() => kept?.toArray(), { instanceOf: RangeError, message: /valid only until/ })
})

test('an error in the loop body leaves the records that it did not reach in the ring', async (t) => {
  const { bpf, produce } = load({ events_per_run: 3 })
  using _ = bpf
  using events = bpf.ringbuf<Event>('events', { type: 'event' })
  produce()
  await t.throwsAsync(
    (async () => {
      for await (const _event of events) throw new Error('mine')
    })(),
    { message: 'mine' },
  )
  produce()
  t.deepEqual(
    events.read().map(({ sequence, length }) => [sequence, length]),
    [
      [1n, 1],
      [1n, 2],
      [2n, 0],
      [2n, 1],
      [2n, 2],
    ],
  )
})

test('a type that the object does not have is refused by name', (t) => {
  const { bpf } = load()
  using _ = bpf
  t.throws(() => bpf.ringbuf('events', { type: 'evnt' }), { instanceOf: RangeError, message: /evnt/ })
})

test('a map that is no ring buffer is refused', (t) => {
  const { bpf } = load()
  using _ = bpf
  t.throws(() => bpf.ringbuf('hits'), { message: /hits|ring/ })
})

test('the process ends by itself when nothing waits, and stays while something does', (t) => {
  const script = (waiting: boolean) => `
    import { open } from 'ebpf'
    const object = open(${JSON.stringify(fixture('handles'))})
    for (const p of object.programs.values()) p.autoload = p.name === 'run_once'
    const bpf = object.loadSync()
    const events = bpf.ringbuf('events')
    ${waiting ? 'setTimeout(() => { console.log("still here"); process.exit(0) }, 300).unref(); for await (const r of events) {}' : ''}
  `
  const run = (waiting: boolean) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script(waiting)], { encoding: 'utf8', timeout: 60_000 })
  t.is(run(false).status, 0)
  t.is(run(true).stdout, 'still here\n')
})

test('a batch ends when the reader is closed while it is looked through', async (t) => {
  const { bpf, produce } = load({ events_per_run: 3 })
  using _ = bpf
  produce()
  const events = bpf.ringbuf('events')
  let seen = 0
  for await (const batch of events.batches()) {
    batch.forEachCursor(() => {
      seen++
      events.close()
    })
  }
  t.is(seen, 1)
})
