import test from 'ava'
import { FlowMonitor, type FlowSnapshot } from 'ebpf/flows'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { plus, zero } from '../../lib/monitors/flows/counts.js'
import { overIpv4, UDP } from '../helpers/packet-samples.js'
import { payload, udp } from '../helpers/packets.js'
import { createVethPair, frameSender, perlBytes, perlMeanwhile } from '../helpers/veth.js'
import '../helpers/no-leaks.js'

const entries = 4096
const frame = overIpv4(UDP, udp(payload(18), { source: 0, destination: 9 }))

/** Sends a datagram from each of this many addresses and ports; now and then it lets the other side catch up. */
const flood = (flows: number) => `${frameSender('left')}
  my $frame = ${perlBytes(frame)};
  for my $flow (0 .. ${flows - 1}) {
    substr($frame, 28, 2) = pack 'n', $flow / 1000;
    substr($frame, 34, 2) = pack 'n', 1024 + $flow % 1000;
    send_frame($frame);
    select undef, undef, undef, 0.001 if $flow % 500 == 499;
  }`

/**
 * The packets that the interface was given to send: those it sent, and those that its other end had no room for
 * (proc(5)).
 */
function given(netns: NetworkNamespace): number {
  const line = netns.readProcNet('dev').match(/^\s*left:\s*(.*)$/m)?.[1] ?? ''
  const counters = line.split(/\s+/).map(Number)
  return (counters[9] ?? Number.NaN) + (counters[11] ?? Number.NaN)
}

async function load(
  flows: number,
  snapshots: (monitor: FlowMonitor, traffic: Promise<void>) => Promise<FlowSnapshot[]>,
) {
  const pair = await createVethPair()
  try {
    using monitor = await FlowMonitor.open({ interfaces: ['left'], netns: pair.left.path, maxEntries: entries })
    const all = await snapshots(monitor, perlMeanwhile(pair.left, flood(flows)))
    all.push(await monitor.stop())
    return { all, given: given(pair.left) }
  } finally {
    await pair.remove()
  }
}

const sent = (snapshots: readonly FlowSnapshot[]) =>
  snapshots.flatMap((snapshot) => [...snapshot.flows, snapshot.lost]).reduce(plus, zero)

test('100,000 flows fill a table of 4,096, and all packets are counted', async (t) => {
  const flows = 100_000
  const { all, given } = await load(flows, async (_, traffic) => {
    await traffic
    return []
  })
  const [snapshot] = all
  t.is(given, flows)
  t.deepEqual(sent(all), { packets: flows, bytes: flows * frame.length, segments: flows })
  t.deepEqual(snapshot?.totals, sent(all))
  t.deepEqual(
    snapshot?.interfaces.map(({ packets, bytes }) => ({ packets, bytes })),
    [{ packets: flows, bytes: flows * frame.length }],
  )
  t.is(snapshot?.flows.length, entries)
  t.deepEqual(snapshot?.table, { entries, maxEntries: entries, refusals: flows - entries })
  const lost = snapshot?.lost.flows ?? 0
  t.true(Math.abs(lost / (flows - entries) - 1) < 0.05, `about ${lost} of ${flows - entries} are lost`)
})

test('a full table is swapped under load without a packet that is lost uncounted, or counted twice', async (t) => {
  const flows = 30_000
  const { all, given } = await load(flows, async (monitor, traffic) => {
    const taken: FlowSnapshot[] = []
    let done = false
    const ended = traffic.finally(() => {
      done = true
    })
    while (!done) taken.push(await monitor.snapshot())
    await ended
    return taken
  })
  t.is(given, flows)
  t.is(sent(all).packets, flows)
  const seen = all.flatMap((snapshot) => snapshot.flows.map((flow) => `${flow.sourceAddress} ${flow.sourcePort}`))
  t.is(new Set(seen).size, seen.length)
  t.true(seen.length >= entries)
})
