import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { wantsColors } from '../../lib/cli/colors.js'
import type { Interruption } from '../../lib/cli/interrupt.js'
import type { LiveColumn } from '../../lib/cli/live/draw.js'
import { type Input, liveTable } from '../../lib/cli/live/live-table.js'
import { Screen } from '../../lib/cli/live/screen.js'
import type { Output } from '../../lib/cli/output/output.js'
import { FakeTerminal } from '../helpers/fake-terminal.js'

// What the machine's own terminal can is not asked here.
process.env.TERM = 'xterm'

const columns: LiveColumn<number>[] = [{ title: 'VALUE', text: String, sort: { name: 'value', value: (row) => row } }]
const table = () => (value: number) => ({ head: [[[`value ${value}`] as const]], columns, rows: [value, value + 1] })

/** Keys, and whether they come one by one. */
class FakeKeys extends PassThrough {
  isTTY = true
  raw: boolean[] = []
  setRawMode(raw: boolean) {
    this.raw.push(raw)
  }
}

/** Runs a live table over the values that `push` gives it. */
function start(
  output: Output & { written?: string },
  options: { readonly top?: number; readonly isTTY?: boolean } = {},
) {
  const { isTTY = true, ...more } = options
  const input = Object.assign(new FakeKeys(), { isTTY })
  const controller = new AbortController()
  const interruption: Interruption = { signal: controller.signal, stop: () => controller.abort() }
  const values: number[] = []
  const events = new EventEmitter()
  controller.signal.addEventListener('abort', () => events.emit('change'))
  async function* snapshots() {
    for (;;) {
      while (values.length === 0 && !controller.signal.aborted) await once(events, 'change')
      const value = values.shift()
      if (value === undefined) return
      if (value < 0) throw new Error('the monitor failed')
      yield value
    }
  }
  const ended = liveTable(snapshots(), table, {
    sorts: ['value'],
    sort: 'value',
    ...more,
    interruption,
    output,
    input: input as unknown as Input,
  })
  const push = async (value: number) => {
    values.push(value)
    events.emit('change')
    await sleep(5)
  }
  const press = async (text: string) => {
    input.write(text)
    await sleep(5)
  }
  return { ended, push, press, input, stop: interruption.stop }
}

test('frames are drawn in place, sorted by keys, and q restores the terminal', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, press, input } = start(terminal)
  await push(1)
  t.true(terminal.written.startsWith('\u001b[?1049h\u001b[?25l'))
  t.deepEqual(terminal.frame.slice(0, 4), ['value 1', 'VALUE▾', '2', '1'])
  await press('r')
  t.deepEqual(terminal.frame.slice(0, 4), ['value 1', 'VALUE▴', '1', '2'])
  t.is(terminal.frame.length, 8)
  t.deepEqual(input.raw, [true])
  await press('q')
  await ended
  t.deepEqual(input.raw, [true, false])
  const [, after = ''] = terminal.written.split('\u001b[?25h\u001b[?1049l')
  t.is(after, 'value 1\nVALUE▴\n1\n2\n', 'the last table stays')
  t.is(terminal.listenerCount('resize'), 0)
})

test('a resize draws at once', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, stop } = start(terminal)
  await push(1)
  terminal.rows = 5
  terminal.columns = 3
  terminal.emit('resize')
  t.is(terminal.frame.length, 5)
  t.deepEqual(terminal.frame.slice(0, 2), ['va…', 'VA…'])
  stop()
  await ended
  t.true(terminal.written.endsWith('\u001b[?1049lva…\nVA…\n2\n1\n'))
})

test('--top is how many rows there are, on a screen too', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, stop } = start(terminal, { top: 1 })
  await push(1)
  t.deepEqual(terminal.frame.slice(0, 5), ['value 1', 'VALUE▾', '2', 'and 1 more', ''])
  stop()
  await ended
})

test('standard input is read while the table is there, and only where it is a terminal', async (t) => {
  for (const isTTY of [true, false]) {
    const { ended, push, stop, input } = start(new FakeTerminal(), { isTTY })
    await push(1)
    t.deepEqual(input.raw, isTTY ? [true] : [])
    t.is(input.listenerCount('keypress'), isTTY ? 1 : 0)
    t.is(input.readableFlowing, isTTY ? true : null)
    stop()
    await ended
    t.is(input.listenerCount('keypress'), 0)
    t.is(input.readableFlowing, isTTY ? false : null)
  }
})

test('a paused table stays as it is, may be sorted, and goes on', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, press, stop } = start(terminal)
  await push(1)
  await press('p')
  await push(5)
  t.is(terminal.frame[0], 'value 1')
  await press('r')
  t.deepEqual(terminal.frame.slice(0, 4), ['value 1', 'VALUE▴', '1', '2'])
  await press('p')
  t.is(terminal.frame[0], 'value 5')
  stop()
  await ended
})

test('Esc alone clears the filter, soon; before another key it is a key of its own', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, press } = start(terminal)
  await push(1)
  await press('/7\r')
  t.deepEqual(terminal.frame.slice(1, 3), ['VALUE▾', ''])
  await press('\u001b')
  await sleep(120)
  t.deepEqual(terminal.frame.slice(1, 4), ['VALUE▾', '2', '1'])
  await press('/7')
  await press('\u001br')
  t.deepEqual(terminal.frame.slice(1, 4), ['VALUE▴', '1', '2'])
  await press('/\u001b/')
  t.regex(terminal.frame.at(-1) ?? '', /^filter: ▏/)
  await press('8\u001b\r')
  await press('\u001b[A\u001bOP')
  t.deepEqual(terminal.frame.slice(1, 4), ['VALUE▴', '1', '2'])
  await press('/7\u001b\u001br')
  t.deepEqual(terminal.frame.slice(1, 4), ['VALUE▾', '2', '1'])
  await press('/7\u001b\u001bq')
  await ended
})

test('Ctrl-\\ quits, as where a terminal is not raw', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, press } = start(terminal)
  await push(1)
  await press('/')
  await press('\u001c')
  await ended
  t.pass()
})

test('a terminal that has not taken the last frame gets no other', async (t) => {
  const terminal = Object.assign(new FakeTerminal(), { writableLength: 0 })
  using screen = new Screen(terminal)
  screen.draw(['one'])
  terminal.writableLength = 5
  screen.draw(['two'])
  t.is(terminal.frame[0], 'one')
  terminal.writableLength = 0
  screen.draw(['three'])
  t.is(terminal.frame[0], 'three')
})

test('a line as wide as the terminal is not erased at its end, nor is anything below the last line', async (t) => {
  const terminal = new FakeTerminal()
  using screen = new Screen(terminal)
  screen.draw(['x'.repeat(40), 'y'])
  t.true(terminal.written.endsWith(`\u001b[?2026h\u001b[H${'x'.repeat(40)}\r\ny\u001b[K\r\n\u001b[J\u001b[?2026l`))
  screen.draw(Array.from({ length: 9 }, (_, i) => String(i)))
  t.true(terminal.written.endsWith('6\u001b[K\r\n7\u001b[K\u001b[?2026l'))
})

test('a process that ends for another reason restores the terminal, once', (t) => {
  const terminal = new FakeTerminal()
  const listeners = process.listenerCount('exit')
  const screen = new Screen(terminal)
  screen.enter()
  t.is(terminal.written.split('\u001b[?1049h').length, 2)
  t.is(process.listenerCount('exit'), listeners + 1)
  const onExit = process.listeners('exit').at(-1) as () => void
  onExit()
  screen.leave()
  t.is(terminal.written.split('\u001b[?1049l').length, 2)
  t.is(process.listenerCount('exit'), listeners)
  screen.draw(['nothing is drawn any more'])
  t.true(terminal.written.endsWith('\u001b[?1049l'))
})

test('a terminal that does not tell its size has 80 × 24', (t) => {
  using screen = new Screen(Object.assign(new FakeTerminal(), { columns: 0, rows: 0 }))
  t.deepEqual([screen.width, screen.height], [80, 24])
})

test.serial('Ctrl-Z gives the terminal back until the process goes on', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, press, input, stop } = start(terminal)
  await push(1)
  const { kill } = process
  const sent: unknown[] = []
  process.kill = (...args) => {
    sent.push(args)
    return true
  }
  t.teardown(() => {
    process.kill = kill
  })
  await press('\u001a')
  t.deepEqual(sent, [[0, 'SIGTSTP']], 'every process of the job')
  t.true(terminal.written.endsWith('\u001b[?25h\u001b[?1049l'))
  t.deepEqual(input.raw, [true, false])
  await push(2)
  t.true(terminal.written.endsWith('\u001b[?25h\u001b[?1049l'))
  process.emit('SIGCONT')
  t.deepEqual(input.raw, [true, false, true])
  t.is(terminal.frame[0], 'value 2')
  t.is(input.readableFlowing, true)
  stop()
  await ended
})

test.serial('COLUMNS is how wide lines are where there is no terminal', async (t) => {
  process.env.COLUMNS = '3'
  t.teardown(() => {
    delete process.env.COLUMNS
  })
  const output = Object.assign(new FakeTerminal(), { isTTY: false })
  const { ended, push, stop } = start(output)
  await push(1)
  stop()
  await ended
  t.is(output.written, 'va…\nVA…\n2\n1\n\n')
})

test('an error restores the terminal', async (t) => {
  const terminal = new FakeTerminal()
  const { ended, push, input } = start(terminal)
  await push(1)
  const failed = t.throwsAsync(ended, { message: 'the monitor failed' })
  await push(-1)
  await failed
  t.true(terminal.written.endsWith('\u001b[?25h\u001b[?1049l'))
  t.deepEqual(input.raw, [true, false])
})

test('without a terminal tables are appended, without a control sequence', async (t) => {
  const output = Object.assign(new FakeTerminal(), { isTTY: false })
  const { ended, push, stop, input } = start(output)
  await push(1)
  await push(2)
  stop()
  await ended
  t.is(output.written, 'value 1\nVALUE▾\n2\n1\n\nvalue 2\nVALUE▾\n3\n2\n\n')
  t.deepEqual(input.raw, [])
})

test.serial('a terminal that cannot move its cursor gets tables appended', async (t) => {
  process.env.TERM = 'dumb'
  t.teardown(() => {
    process.env.TERM = 'xterm'
  })
  const terminal = new FakeTerminal()
  const { ended, push, stop } = start(terminal)
  await push(1)
  stop()
  await ended
  t.is(terminal.written, 'value 1\nVALUE▾\n2\n1\n\n')
})

test('colours: FORCE_COLOR, then NO_COLOR, then what the stream can', (t) => {
  const can = { hasColors: () => true }
  t.true(wantsColors({}, can))
  t.false(wantsColors({}, {}))
  t.false(wantsColors({ NO_COLOR: '1' }, can))
  t.true(wantsColors({ NO_COLOR: '' }, can))
  t.true(wantsColors({ FORCE_COLOR: '1', NO_COLOR: '1' }, {}))
  t.false(wantsColors({ FORCE_COLOR: '0' }, can))
})
