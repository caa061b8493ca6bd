import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { outputErrorMessage, reportOutputErrors } from '../../lib/cli/output/output-errors.js'
import { PacedWriter, StalledReaderError } from '../../lib/cli/output/paced-writer.js'

/** A stream whose reader takes a piece when it is told to, and the most that ever waited for it. */
class SlowReader extends Writable {
  taken = ''
  most = 0
  #next: (() => void)[] = []
  override _write(chunk: Buffer, _: unknown, done: (error?: Error) => void) {
    this.most = Math.max(this.most, this.writableLength)
    this.#next.push(() => {
      this.taken += chunk
      done()
    })
  }
  take() {
    this.#next.shift()?.()
  }
  /** Takes what comes until the writer is done. */
  async takeUntil(written: Promise<void>) {
    let done = false
    const over = written.finally(() => {
      done = true
    })
    while (!done) {
      this.take()
      await sleep(1)
    }
    await over
  }
}

const text = 'x'.repeat(1_000_000)

test('no more than a piece or two waits for a reader that stands still, and everything arrives in the end', async (t) => {
  const reader = new SlowReader()
  const writer = new PacedWriter(reader, new AbortController().signal)
  const written = writer.write(text)
  await sleep(20)
  t.true(reader.writableLength < 40_000, String(reader.writableLength))
  await reader.takeUntil(written.then(() => writer.flush()))
  t.is(reader.taken, text)
  t.true(reader.most < 40_000, String(reader.most))
})

for (const when of ['before', 'while'] as const) {
  test(`a reader that stands still ${when} the command is asked to end is given up, in the middle of the output`, async (t) => {
    const reader = new SlowReader()
    const controller = new AbortController()
    if (when === 'before') controller.abort()
    const writer = new PacedWriter(reader, controller.signal, { patience: 20 })
    const written = t.throwsAsync(writer.write(text), { instanceOf: StalledReaderError })
    if (when === 'while') setTimeout(() => controller.abort(), 50)
    await written
  })
}

test('what waits when all is written is given up only once the command is asked to end', async (t) => {
  const reader = new SlowReader()
  const controller = new AbortController()
  const writer = new PacedWriter(reader, controller.signal, { patience: 20 })
  await writer.write('a short line\n')
  let ended = false
  const flushed = t.throwsAsync(
    writer.flush().finally(() => {
      ended = true
    }),
    { instanceOf: StalledReaderError },
  )
  await sleep(60)
  t.false(ended)
  controller.abort()
  await flushed
})

test('a slow reader that goes on reading gets everything, after the command is asked to end too', async (t) => {
  const reader = new SlowReader()
  const controller = new AbortController()
  const writer = new PacedWriter(reader, controller.signal, { patience: 1000 })
  const written = writer.write(text).then(() => writer.flush())
  controller.abort()
  await reader.takeUntil(written)
  t.is(reader.taken, text)
})

test('a reader that has gone away ends the writing without an error', async (t) => {
  let writes = 0
  const reader = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      writes++
      done(Object.assign(new Error(), { code: 'EPIPE' }))
    },
  })
  reader.on('error', () => {})
  const writer = new PacedWriter(reader, new AbortController().signal)
  await writer.write(text)
  await writer.write(text)
  await writer.flush()
  t.is(writes, 1)
})

test('timers have their turn while much is written to a file, which never lets the writer wait', async (t) => {
  const busy = () => {
    const end = performance.now() + 5
    while (performance.now() < end);
    return true
  }
  const writer = new PacedWriter({ write: busy, on() {}, off() {} }, new AbortController().signal)
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  for (let i = 0; i < 50; i++) await writer.write('x')
  clearInterval(timer)
  t.true(turns > 2, String(turns))
})

test('the first error of standard output is reported in a sentence; a reader that has gone away is none', (t) => {
  const stdout = new EventEmitter()
  const reports: string[] = []
  reportOutputErrors((message) => reports.push(message), stdout)
  for (const code of ['EPIPE', 'EIO']) stdout.emit('error', Object.assign(new Error(), { code }))
  t.deepEqual(reports, [])
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 })
  stdout.emit('error', full)
  stdout.emit('error', full)
  t.deepEqual(reports, ['cannot write to standard output: no space left on device (ENOSPC)'])
  t.is(outputErrorMessage(new Error('odd')), 'cannot write to standard output: odd')
})
