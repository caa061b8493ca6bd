import { once } from 'node:events'
import { endianness } from 'node:os'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { FlowMonitor, type FlowMonitorOptions } from 'ebpf/flows'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { closeRuns, run } from '../helpers/flow-runs.js'
import { overIpv4, segment, TCP, UDP } from '../helpers/packet-samples.js'
import { type Bytes, ethernet, payload, udp } from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

const none = { packets: 0, bytes: 0, segments: 0 }

/** A datagram from each of `count` addresses, the first of which is 10.0.0.0 and `from` more. */
const datagramsFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) =>
    overIpv4(UDP, udp([]), { source: `10.0.${(from + i) >> 8}.${(from + i) & 0xff}` }),
  )

test('the packets and flows that found the table full are those of their own interval', async (t) => {
  const options = { maxEntries: 64 }
  const lost = async (packets: readonly Bytes[]) => (await run(packets, options)).lost
  const about = (flows: number, expected: number) =>
    t.true(Math.abs(flows / expected - 1) < 0.05, `about ${flows} of ${expected}`)
  const first = await lost(datagramsFrom(0, 4064))
  t.is(first.packets, 4000)
  about(first.flows, 4000)
  // Other flows, and fewer; each packet twice, so that a flow's second one is lost, too.
  const others = datagramsFrom(10_000, 1064)
  const second = await lost([...others, ...others])
  t.deepEqual([second.packets, second.bytes], [2000, 2000 * 42])
  about(second.flows, 1000)
  t.deepEqual(await lost([]), { ...none, flows: 0 })
  t.deepEqual(await lost(datagramsFrom(0, 65)), { packets: 1, bytes: 42, segments: 1, flows: 1 })
})

// struct __sk_buff, which grows: gso_segs
const gso = (segments: number) => {
  const context = new Uint8Array(256)
  new DataView(context.buffer).setUint32(164, segments, endianness() === 'LE')
  return context
}

test('a packet of many segments is as many wherever it is counted', async (t) => {
  const frame = overIpv4(TCP, segment)
  const counted = { packets: 2, bytes: 2 * frame.length, segments: 14 }
  const gsoRun = (packets: readonly Bytes[], options: FlowMonitorOptions = {}) =>
    run(packets, { ...options, context: gso(7) })
  const filed = await gsoRun([frame, frame])
  t.deepEqual([filed.totals, filed.flows[0]?.segments], [counted, 14])
  const filtered = await gsoRun([frame, frame], { filter: { protocols: ['udp'] } })
  t.deepEqual([filtered.filtered, filtered.totals], [counted, none])
  const malformed = overIpv4(TCP, segment, { version: 5 })
  const unparsed = await gsoRun([malformed, ethernet(0x0806, payload(46)), malformed])
  t.deepEqual([unparsed.malformed, unparsed.nonIp.segments], [counted, 7])
  t.is(unparsed.totals.segments, 21)
  const first = overIpv4(TCP, segment, { source: '10.0.0.1' })
  const full = await gsoRun([first, frame, frame], { maxEntries: 1 })
  t.deepEqual([full.lost, full.totals.segments], [{ ...counted, flows: 1 }, 21])
  for (const snapshot of [filed, filtered, unparsed, full]) {
    const [place, ...rest] = snapshot.interfaces
    t.deepEqual(rest, [])
    t.is(place?.segments, 7 * (place?.packets ?? 0))
  }
  const { unsampled, totals } = await gsoRun(new Array<Bytes>(100).fill(frame), { sampling: 2 })
  t.true(unsampled.packets > 0)
  t.deepEqual([unsampled.segments, totals.segments], [7 * unsampled.packets, 7 * (100 - unsampled.packets)])
})

/** Runs the same packets as the other thread at the same time, one by one, but waits for no thread that has no processor. */
const racing = `
  const { openProgram } = require('ebpf')
  const { workerData: { id, packets, turns, other } } = require('node:worker_threads')
  const program = openProgram({ id })
  const turn = new Int32Array(turns)
  const own = 1 - other
  for (const [i, data] of packets.entries()) {
    Atomics.store(turn, own, i)
    for (let spins = 0; spins < 10000 && Atomics.load(turn, other) < i; spins++);
    program.run({ data })
  }
  program.close()
`

test('a flow that two CPUs begin at once has the packets of both', async (t) => {
  const netns = await NetworkNamespace.create()
  try {
    const flows = 3000
    using monitor = await FlowMonitor.open({ interfaces: ['lo'], netns: netns.path, maxEntries: 2 * flows })
    const { id } = monitor.object.program('flow_ingress').info()
    const packets = datagramsFrom(0, flows).map((packet) => Uint8Array.from(packet))
    const turns = new SharedArrayBuffer(8)
    new Int32Array(turns).fill(-1)
    const workers = [0, 1].map((other) => new Worker(racing, { eval: true, workerData: { id, packets, turns, other } }))
    await Promise.all(workers.map((worker) => once(worker, 'exit')))
    const { flows: found, lost } = await monitor.snapshot()
    t.deepEqual(lost, { ...none, flows: 0 })
    t.is(found.length, flows)
    t.deepEqual([...new Set(found.map((flow) => flow.packets))], [2])
  } finally {
    await netns.remove()
  }
})
