import test from 'ava'
import type { FlowMonitorOptions } from 'ebpf/flows'
import { closeRuns, run } from '../helpers/flow-runs.js'
import { lineOf, PacketOracle } from '../helpers/packet-oracle.js'
import { Random, seedOfRun } from '../helpers/random.js'
import { randomFrame } from '../helpers/random-packets.js'
import '../helpers/no-leaks.js'

const seed = seedOfRun()
const packets = Number(process.env.PACKETS ?? 2500)

test.after.always(closeRuns)

/** The kernel itself refuses to run a program on what ends inside the IP header that its ether type promises. */
function isRunnable(frame: Uint8Array): boolean {
  const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0)
  return frame.length >= 14 + (type === 0x0800 ? 20 : type === 0x86dd ? 40 : 0)
}

for (const tunnels of ['outer', 'inner'] as const) {
  for (const through of ['ingress', 'egress'] as const) {
    test(`what is made of random packets is what another parser makes of them: ${tunnels}, ${through}`, async (t) => {
      t.log(`SEED=${seed}`)
      const random = new Random(seed + (tunnels === 'inner' ? 1 : 0))
      const oracle = new PacketOracle(tunnels)
      const frames = Array.from({ length: packets }, () => randomFrame(random)).filter(isRunnable)
      const expected = new Map<string, Uint8Array[]>()
      for (const frame of frames) {
        const line = oracle.read(frame)
        expected.set(line, [...(expected.get(line) ?? []), frame])
      }
      const options: FlowMonitorOptions = { tunnels }
      const { flows, malformed, nonIp, lost, interfaces } = await run(frames, { ...options, through })
      t.is(lost.packets, 0)
      const found = new Map(flows.map((flow) => [lineOf(flow), flow] as const))
      t.is(found.size, flows.length)
      const problems: string[] = []
      for (const [line, { packets, bytes }] of [
        ...found,
        ['malformed', malformed] as const,
        ['not IP', nonIp] as const,
      ]) {
        const those = expected.get(line) ?? []
        const sum = those.reduce((total, { length }) => total + length, 0)
        if (packets !== those.length || bytes !== sum)
          problems.push(`${line}: ${packets} packets, ${bytes} bytes, not ${those.length} and ${sum}: ${hex(those)}`)
      }
      for (const [line, those] of expected)
        if (!found.has(line) && line !== 'malformed' && line !== 'not IP')
          problems.push(`${line}: none, not ${hex(those)}`)
      t.deepEqual(problems.slice(0, 4), [])
      t.deepEqual(
        interfaces.map(({ packets, bytes }) => ({ packets, bytes })),
        [{ packets: frames.length, bytes: frames.reduce((sum, { length }) => sum + length, 0) }],
      )
    })
  }
}

const hex = (frames: readonly Uint8Array[]) =>
  frames.slice(0, 3).map((frame) => Buffer.from(frame.subarray(12, 400)).toString('hex'))
