import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { cpuSeconds } from './cpu.mjs'
import { load, print } from './subject.mjs'
import { vethPair } from './veth.mjs'
import { watch } from './watched.mjs'

/**
 * traffic WATCHER stream|small|lossy SECONDS: iperf3 over a veth pair while the watcher is attached to an end of it, first for the
 * throughput, then again while the kernel counts what the programs take.
 */
const [name, kind, seconds] = process.argv.slice(2)
const kinds = { stream: [], small: ['-u', '-b', '0', '-l', '64'], lossy: [] }

const pair = await vethPair()
const object = load('benchmarks/program.bpf.o', ['lose'])
const options = { interface: 'bench1', netns: pair.netns, direction: 'ingress' }
const loss = kind === 'lossy' ? object.program('lose').attachTc(options) : undefined
await pair.serve('iperf3', '-s', '--forceflush')

/** Gigabytes that arrived, seconds, and what all processors did meanwhile. */
async function transfer() {
  const before = cpuSeconds()
  const { stdout } = await promisify(execFile)('iperf3', ['-c', '10.99.0.2', '-t', seconds, '-J', ...kinds[kind]])
  const cpu = cpuSeconds() - before
  const { sum, sum_received: received } = JSON.parse(stdout).end
  const arrived = sum ? ((sum.packets - sum.lost_packets) / sum.packets) * sum.bytes : received.bytes
  return { bytes: arrived, seconds: (sum ?? received).seconds, cpu }
}

const watcher = await watch(name)
const plain = await transfer()
const { result, runs, time } = await watcher.counted(transfer)
print({
  throughput: [(plain.bytes * 8) / plain.seconds / 1e9],
  cpu: [plain.cpu / (plain.bytes / 1e9)],
  ...(runs > 0 && { time: [time / runs], share: [(100 * time) / 1e9 / result.cpu] }),
})
watcher.close()
loss?.close()
object.close()
pair.remove()
