import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { load, now, print } from './subject.mjs'

/**
 * ringbuf-live OBJECT PROGRAM CPUS RECORDS RATE PRODUCER: reads batches as they come while the producer writes. Prints what was
 * delivered a second, from the first record to the last, and what the reader took of a processor for it; or how late records came that
 * tell when they were written.
 */
const [path, name, cpus, size, rate, command] = process.argv.slice(2)

// By its thread's id, which is the process's: only the main thread.
spawnSync('taskset', ['-cp', '1', String(process.pid)])
const bpf = load(path, [name, 'finish'])
const ring = bpf.ringbuf('records')
const latencies = name === 'emit_small' ? new Float64Array(Number(size) + 1000) : undefined
let records = 0
let sum = 0
let over = false

const count = (record) => {
  if (record.length === 8) {
    over = true
    return
  }
  if (latencies) latencies[records] = Number(process.hrtime.bigint() - record.u64(8))
  records += 1
  sum ^= record.u32(0)
}

const ids = [bpf.program(name).info().id, bpf.program('finish').info().id, bpf.map('counts').info().id]
const producer = spawn(command, [...ids.map(String), cpus, size, rate], { stdio: ['ignore', 'inherit', 'inherit'] })
const ended = once(producer, 'exit')
let before
let start = 0
for await (const batch of ring.batches()) {
  if (before === undefined) {
    before = process.cpuUsage()
    start = now()
  }
  batch.forEachCursor(count)
  if (over) break
}
const wall = now() - start
const { user, system } = process.cpuUsage(before)
const cpu = (user + system) * 1000
const [status] = await ended
console.error(sum)
if (latencies) {
  // The first quarter warms up and is not told.
  const sorted = latencies.subarray(records >> 2, records).sort()
  const at = (share) => [sorted[Math.floor(sorted.length * share)] / 1000]
  print({ p50: at(0.5), p99: at(0.99), 'p99.9': at(0.999) })
} else {
  print({ delivered: [(records * 1e9) / wall], cpu: [cpu / records], busy: [(100 * cpu) / wall] })
}
ring.close()
bpf.close()
process.exitCode = status
