import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type TraceRecord, tracePipe } from '../../lib/events/trace-pipe.js'

const folder = mkdtempSync(join(tmpdir(), 'ebpf-'))
test.after.always(() => rmSync(folder, { recursive: true }))

/** The first `count` records of a file that stands for the pipe, which has `text` in it. */
async function read(text: string, count: number): Promise<TraceRecord[]> {
  const path = join(folder, 'trace_pipe')
  writeFileSync(path, text)
  const records: TraceRecord[] = []
  for await (const record of tracePipe({ path, interval: 1, signal: AbortSignal.timeout(20_000) })) {
    if (records.push(record) === count) break
  }
  return records
}

// As trace_print_context of kernel/trace/trace_output.c writes them: with and without the process's id, and of a task whose name is not
// known, or has in it what stands behind a name.
const lines = `
            node-1234    [001] d..31  1234.567890: bpf_trace_printk: one
           <...>-77      [000] ..... 1235.000001: bpf_trace_printk: two
of two lines
  kworker/u4:1-e-9       (-------) [017] d.h2.  1236.000002: bpf_trace_printk: three

     my [0] x-5       (  12345) [002] d..1   1237.5: four: 5
`.slice(1)

test.serial('records come one by one, with the fields of their lines', async (t) => {
  t.deepEqual(await read(lines, 4), [
    {
      task: 'node',
      pid: 1234,
      cpu: 1,
      flags: 'd..31',
      timestamp: 1234.56789,
      event: 'bpf_trace_printk',
      message: 'one',
    },
    {
      task: '<...>',
      pid: 77,
      cpu: 0,
      flags: '.....',
      timestamp: 1235.000001,
      event: 'bpf_trace_printk',
      message: 'two\nof two lines',
    },
    {
      task: 'kworker/u4:1-e',
      pid: 9,
      cpu: 17,
      flags: 'd.h2.',
      timestamp: 1236.000002,
      event: 'bpf_trace_printk',
      message: 'three',
    },
    { task: 'my [0] x', pid: 5, cpu: 2, flags: 'd..1', timestamp: 1237.5, event: 'four', message: '5' },
  ])
})

test.serial('what fills more than one read is read whole', async (t) => {
  const line = (i: number) => `            node-1     [000] d..31  1.5: bpf_trace_printk: number ${i}\n`
  const text = Array.from({ length: 3000 }, (_, i) => line(i)).join('')
  t.true(text.length > 3 * 65_536 - 16_384)
  const records = await read(text, 3000)
  t.deepEqual(
    records.map(({ message }) => message),
    Array.from({ length: 3000 }, (_, i) => `number ${i}`),
  )
})

test.serial('an empty pipe is looked at until the abort, and what comes meanwhile is read', async (t) => {
  const path = join(folder, 'later')
  writeFileSync(path, '')
  const controller = new AbortController()
  const records = tracePipe({ path, interval: 1, signal: controller.signal })
  const next = records.next()
  writeFileSync(path, lines, { flag: 'a' })
  t.is((await next).value?.message, 'one')
  for (const _ of [2, 3, 4]) await records.next()
  const last = records.next()
  controller.abort()
  t.deepEqual(await last, { value: undefined, done: true })
})
