import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tracePipe } from 'ebpf'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

kernelTest('what a program prints is read from the trace pipe, field by field', {}, async (t) => {
  using bpf = loadFixture('maps', ['print'])
  // Other programs of the machine print too: only output with this mark is ours.
  const mark = (process.pid * 1000 + 7) >>> 0
  const before = process.hrtime.bigint()
  const read = async () => {
    const reading = (async () => {
      for await (const record of tracePipe({ signal: AbortSignal.timeout(3000), interval: 5 })) {
        if (record.message.startsWith(`marker ${mark} `)) return record
      }
      return undefined
    })()
    runOnPacket(bpf, 'print', mark)
    return reading
  }
  // Some kernels turn printing on in a work queue, after the program was loaded; and other readers of the pipe take
  // lines away.
  let record = await read()
  for (let tries = 0; tries < 15 && !record; tries++) record = await read()
  t.is(record?.message, `marker ${mark} of two\nlines`)
  t.is(record?.pid, process.pid)
  t.is(record?.event, 'bpf_trace_printk')
  t.true((record?.cpu ?? -1) >= 0)
  t.regex(record?.flags ?? '', /^\S{4,6}$/)
  // Both count from boot.
  t.true(Math.abs((record?.timestamp ?? 0) - Number(before) / 1e9) < 600)
})

kernelTest('an abort ends reading the trace pipe', {}, async (t) => {
  const signal = AbortSignal.timeout(20)
  for await (const _ of tracePipe({ signal, interval: 60_000 })) if (signal.aborted) break
  t.true(signal.aborted)
  await t.throwsAsync(tracePipe({ interval: Number.NaN }).next(), { instanceOf: RangeError, message: /NaN/ })
  await t.throwsAsync(tracePipe({ path: '/nonexistent/trace_pipe' }).next(), { code: 'ENOENT', message: /nonexistent/ })
})

kernelTest('a pipe that is never empty leaves timers and the signal their turn', {}, async (t) => {
  // A file this long never becomes empty either.
  const directory = mkdtempSync(join(tmpdir(), 'ebpf-'))
  try {
    const path = join(directory, 'trace_pipe')
    const line = '            node-1234    [001] d..31  1234.567890: bpf_trace_printk: again\n'
    writeFileSync(path, line.repeat(500_000))
    let turns = 0
    const ticking = setInterval(() => {
      turns += 1
    }, 1)
    let read = 0
    for await (const _ of tracePipe({ path, signal: AbortSignal.timeout(20) })) read += 1
    clearInterval(ticking)
    t.true(turns > 0, `${turns} turns`)
    t.true(read > 0 && read < 500_000, `${read} lines`)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

kernelTest('lines that the kernel overwrote are reported', {}, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'ebpf-'))
  try {
    const path = join(directory, 'trace_pipe')
    const record = '            node-1234    [001] d..31  1234.567890: bpf_trace_printk: after a gap'
    writeFileSync(path, `CPU:1 [LOST 7 EVENTS]\nCPU:3 [LOST EVENTS]\n${record}\n`)
    const lost: unknown[] = []
    const records = tracePipe({ path, onLost: (cpu, lines) => lost.push([cpu, lines]) })
    const { value } = await records.next()
    await records.return()
    t.deepEqual(lost, [
      [1, 7],
      [3, undefined],
    ])
    t.like(value, { task: 'node', pid: 1234, cpu: 1, flags: 'd..31', timestamp: 1234.56789, message: 'after a gap' })
  } finally {
    rmSync(directory, { recursive: true })
  }
})
