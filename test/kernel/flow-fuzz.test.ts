import test from 'ava'
import type { Flow, FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, isRunnable, run } from '../helpers/flow-runs.js'
import { lineOf, PacketOracle, type Reading } from '../helpers/packet-oracle.js'
import { Random, seedOfRun } from '../helpers/random.js'
import { randomFrame } from '../helpers/random-packets.js'
import '../helpers/no-leaks.js'

const seed = seedOfRun()
const packets = Number(process.env.PACKETS ?? 2500)

test.after.always(closeRuns)

for (const tunnels of ['outer', 'inner'] as const) {
  for (const through of ['ingress', 'egress'] as const) {
    test(`what is made of random packets is what another parser makes of them: ${tunnels}, ${through}`, async (t) => {
      t.log(`SEED=${seed}`)
      const random = new Random(seed + (tunnels === 'inner' ? 1 : 0))
      const oracle = new PacketOracle(tunnels)
      const frames = Array.from({ length: packets }, () => randomFrame(random)).filter(isRunnable)
      const expected = new Map<string, Packet[]>()
      for (const frame of frames) {
        const reading = oracle.read(frame)
        const packet = { ...reading, frame }
        expected.set(reading.line, [...(expected.get(reading.line) ?? []), packet])
      }
      const options: FlowMonitorOptions = { tunnels }
      const { flows, malformed, nonIp, lost, interfaces } = await run(frames, { ...options, through })
      t.is(lost.packets, 0)
      const found = new Map<string, Sums>([
        ['malformed', { ...noSums, ...malformed }],
        ['not IP', { ...noSums, ...nonIp }],
      ])
      for (const flow of flows) found.set(lineOf(flow), flow)
      t.is(found.size, flows.length + 2)
      const problems: string[] = []
      for (const line of new Set([...found.keys(), ...expected.keys()])) {
        const packets = expected.get(line) ?? []
        const [is, should] = [written(found.get(line) ?? noSums), written(sums(packets))]
        if (is !== should) problems.push(`${line}: ${is}, not ${should}: ${hex(packets)}`)
      }
      t.deepEqual(problems.slice(0, 4), [])
      t.deepEqual(
        interfaces.map(({ packets, bytes }) => ({ packets, bytes })),
        [{ packets: frames.length, bytes: frames.reduce((sum, { length }) => sum + length, 0) }],
      )
    })
  }
}

type Packet = Reading & { readonly frame: Uint8Array }
type Sums = Pick<Flow, 'packets' | 'bytes' | 'ipBytes' | 'ttl' | 'tcpFlags'>

const noSums: Sums = { packets: 0, bytes: 0, ipBytes: 0, ttl: { minimum: 0, maximum: 0 }, tcpFlags: 0 }

function sums(packets: readonly Packet[]): Sums {
  if (packets.length === 0) return noSums
  const ttls = packets.map(({ ttl }) => ttl)
  return {
    packets: packets.length,
    bytes: packets.reduce((sum, { frame }) => sum + frame.length, 0),
    ipBytes: packets.reduce((sum, { ipBytes }) => sum + ipBytes, 0),
    ttl: { minimum: Math.min(...ttls), maximum: Math.max(...ttls) },
    tcpFlags: packets.reduce((flags, { tcpFlags }) => flags | tcpFlags, 0),
  }
}

const written = ({ packets, bytes, ipBytes, ttl, tcpFlags }: Sums) =>
  `${packets} packets, ${bytes} and ${ipBytes} bytes, TTL ${ttl.minimum} to ${ttl.maximum}, flags ${tcpFlags}`

const hex = (packets: readonly Packet[]) =>
  packets.slice(0, 3).map(({ frame }) => Buffer.from(frame.subarray(12, 400)).toString('hex'))
