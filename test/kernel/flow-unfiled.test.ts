import { once } from 'node:events'
import { endianness } from 'node:os'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { FlowMonitor, type FlowMonitorOptions } from 'ebpf/flows'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { closeRuns, only, run } from '../helpers/flow-runs.js'
import { datagram, overIpv4, overIpv6, segment, TCP, UDP } from '../helpers/packet-samples.js'
import {
  type Bytes,
  ethernet,
  extension,
  geneve,
  gre,
  ipv4,
  payload,
  sctp,
  tcp,
  udp,
  vlanTag,
  vxlan,
} from '../helpers/packets.js'
import '../helpers/no-leaks.js'

test.after.always(closeRuns)

const none = { packets: 0, bytes: 0, segments: 0 }

/** A datagram from each of `count` addresses; the first is 10.0.0.0 plus `from`. */
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
  // Other flows, and fewer; each packet twice, so that a flow's second packet is lost, too.
  const others = datagramsFrom(10_000, 1064)
  const second = await lost([...others, ...others])
  t.deepEqual([second.packets, second.bytes], [2000, 2000 * 42])
  about(second.flows, 1000)
  t.deepEqual(await lost([]), { ...none, flows: 0 })
  t.deepEqual(await lost(datagramsFrom(0, 65)), { packets: 1, bytes: 42, segments: 1, flows: 1 })
})

// struct __sk_buff, which grows between versions: gso_segs
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

const inFrame = ethernet('ipv4', ipv4(segment, { protocol: TCP }))
// The length of the headers that each segment repeats.
for (const [name, packet, headers] of [
  ['TCP', overIpv4(TCP, segment), 14 + 20 + 20],
  ['TCP with options', overIpv4(TCP, tcp(payload(9), { options: payload(12, 1) })), 14 + 20 + 32],
  ['TCP behind IPv4 options', overIpv4(TCP, segment, { options: payload(8, 1) }), 14 + 28 + 20],
  ['TCP behind both', overIpv4(TCP, tcp([], { options: payload(40, 1) }), { options: payload(40, 1) }), 14 + 60 + 60],
  ['TCP over IPv6', overIpv6(TCP, segment), 14 + 40 + 20],
  ['TCP behind an extension header', overIpv6(60, extension(TCP, segment, 1)), 14 + 40 + 16 + 20],
  ['UDP', overIpv4(UDP, datagram), 14 + 20 + 8],
  ['UDP behind an extension header', overIpv6(60, extension(UDP, datagram)), 14 + 40 + 8 + 8],
  ['SCTP', overIpv4(132, sctp(payload(9))), 14 + 20 + 12],
  ['a tagged packet', ethernet('vlan', vlanTag(1, 'ipv4', ipv4(segment, { protocol: TCP }))), 18 + 20 + 20],
  ['a protocol of which no header is read', overIpv4(253, payload(40)), 14 + 20],
  ['IPIP', overIpv4(4, ipv4(segment, { protocol: TCP })), 14 + 20 + 20 + 20],
  ['GRE', overIpv6(47, gre('ipv4', ipv4(datagram, { protocol: UDP }), { key: 1 })), 14 + 40 + 8 + 20 + 8],
  [
    'Geneve',
    overIpv4(UDP, udp(geneve(1, 'bridging', inFrame, payload(8)), { destination: 6081 })),
    14 + 20 + 8 + 16 + 14 + 20 + 20,
  ],
  ['VXLAN of no IP', overIpv4(UDP, udp(vxlan(1, ethernet(0x0806, payload(28))), { destination: 4789 })), 14 + 20 + 8],
] as const) {
  test(`each segment of a GSO packet has its headers: ${name}`, async (t) => {
    for (const through of ['ingress', 'egress'] as const) {
      const flow = await only(t, [packet, packet], { context: gso(5), through })
      t.deepEqual([flow.segments, flow.wireBytes], [10, 2 * (packet.length + 4 * headers)])
    }
  })
}

test('where the table of interfaces has no room the interface 0 has what is in no flow', async (t) => {
  const netns = await NetworkNamespace.create()
  try {
    using monitor = await FlowMonitor.open({ interfaces: ['lo'], netns: netns.path, maxEntries: 16 })
    const places = monitor.object.map<{ ifindex: number; netns: number; direction: number }, unknown>('flow_interfaces')
    const [, counters] = [...places][0] ?? []
    const room = 4096 - [...places.keys()].length
    places.setBatch(
      Array.from({ length: room }, (_, i) => [{ ifindex: 2 ** 30 + i, netns: 0, direction: 0 }, counters]),
    )
    const malformed = overIpv4(TCP, segment, { version: 5 })
    for (const direction of ['ingress', 'egress', 'egress'] as const) {
      monitor.object.program(`flow_${direction}`).run({ data: Uint8Array.from(malformed) })
    }
    const snapshot = await monitor.snapshot()
    t.is(snapshot.malformed.packets, 3)
    t.deepEqual(
      snapshot.interfaces.map(({ interface: name, direction, packets }) => `${name} ${direction} ${packets}`).sort(),
      ['0 egress 2', '0 ingress 1'],
    )
  } finally {
    await netns.remove()
  }
})

/** Runs the same packets as the other thread, each at the same moment, on separate processors if there are two. */
const racing = `
  const { spawnSync } = require('node:child_process')
  const { readlinkSync } = require('node:fs')
  const { basename } = require('node:path')
  const { workerData: { id, packets, turns, own, other } } = require('node:worker_threads')
  const { openProgram } = require('ebpf')
  spawnSync('taskset', ['-cp', String(own), basename(readlinkSync('/proc/thread-self'))])
  const program = openProgram({ id })
  const turn = new Int32Array(turns)
  for (const [i, data] of packets.entries()) {
    Atomics.store(turn, own, i)
    Atomics.notify(turn, own)
    for (let spins = 0; Atomics.load(turn, other) < i; spins++) {
      if (spins > 20_000) Atomics.wait(turn, other, i - 1)
    }
    program.run({ data })
  }
  program.close()
`

test('a flow that two CPUs begin at once has the packets of both', async (t) => {
  const netns = await NetworkNamespace.create()
  try {
    const flows = 500
    using monitor = await FlowMonitor.open({ interfaces: ['lo'], netns: netns.path, maxEntries: 2 * flows })
    const { id } = monitor.object.program('flow_ingress').info()
    const packets = datagramsFrom(0, flows).map((packet) => Uint8Array.from(packet))
    const turns = new SharedArrayBuffer(8)
    new Int32Array(turns).fill(-1)
    const workers = [0, 1].map(
      (own) => new Worker(racing, { eval: true, workerData: { id, packets, turns, own, other: 1 - own } }),
    )
    await Promise.all(workers.map((worker) => once(worker, 'exit')))
    const { flows: found, lost } = await monitor.snapshot()
    t.deepEqual(lost, { ...none, flows: 0 })
    t.is(found.length, flows)
    t.deepEqual([...new Set(found.map((flow) => flow.packets))], [2])
  } finally {
    await netns.remove()
  }
})
