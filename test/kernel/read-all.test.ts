import { type BpfObject, readAll } from 'ebpf'
import { blockEventLoop } from '../helpers/block-event-loop.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

interface Event {
  length: number
}
interface Sample {
  index: number
}

const load = (): { rings: BpfObject; perf: BpfObject } => ({
  rings: loadFixture('handles', ['run_once'], { events_per_run: 3 }),
  perf: loadFixture('maps', ['sample'], { samples_per_run: 2 }),
})

kernelTest('several buffers are read under one wait, each with its own type', {}, async (t) => {
  const { rings, perf } = load()
  using _rings = rings
  using _perf = perf
  using events = rings.ringbuf<Event>('events', { type: 'event' })
  using samples = perf.perfbuf<Sample>('samples', { type: 'sample' })
  const seen: string[] = []
  setImmediate(() => runOnPacket(perf, 'sample'))
  for await (const [name, record] of readAll({ events, samples })) {
    seen.push(name === 'events' ? `event ${record.length}` : `sample ${record.index}`)
    if (seen.length === 2) runOnPacket(rings, 'run_once')
    if (seen.length === 5) break
  }
  t.deepEqual(seen, ['sample 0', 'sample 1', 'event 0', 'event 1', 'event 2'])
})

kernelTest('what is there when the time is over is read before reading several ends', {}, async (t) => {
  const { rings, perf } = load()
  using _rings = rings
  using _perf = perf
  using events = rings.ringbuf<Event>('events', { type: 'event' })
  runOnPacket(rings, 'run_once')
  let seen = 0
  for await (const _ of readAll({ events }, { batchBytes: 1, timeout: 1 })) {
    seen += 1
    void blockEventLoop()
  }
  t.is(seen, 3)
})

kernelTest('reading several ends by timeout, abort and close, and leaves what was not reached', {}, async (t) => {
  const { rings, perf } = load()
  using _rings = rings
  using _perf = perf
  const events = rings.ringbuf<Event>('events', { type: 'event' })
  using samples = perf.perfbuf<Sample>('samples', { type: 'sample' })
  for await (const _ of readAll({ events, samples }, { timeout: 10 })) t.fail()
  for await (const _ of readAll({ events, samples }, { signal: AbortSignal.timeout(10) })) t.fail()
  runOnPacket(rings, 'run_once')
  for await (const _ of readAll({ events, samples })) break
  t.is(events.read().length, 2)
  runOnPacket(rings, 'run_once')
  const consumed: bigint[] = []
  for await (const _ of readAll({ events }, { batchBytes: 1, timeout: 10 })) consumed.push(events.positions().consumer)
  // A batch of one record, 40 bytes with its header, is released before the next is read.
  t.deepEqual(
    consumed.map((bytes) => bytes - (consumed[0] ?? 0n)),
    [0n, 40n, 80n],
  )
  const first = readAll({ events, samples }).next()
  await t.throwsAsync(readAll({ samples }).next(), { code: 'EBUSY' })
  events.close()
  t.true((await first).done)
  await t.throwsAsync(readAll({}).next(), { instanceOf: RangeError })
})
