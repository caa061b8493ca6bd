import test from 'ava'
import { retransmitsCommand } from '../../lib/cli/retransmits.js'
import type { ConnectionEvent } from '../../lib/monitors/tcp/connection-event.js'
import type { ConnectionEvents, ConnectionEventsOptions } from '../../lib/monitors/tcp/connection-events.js'
import type { monitorTcp } from '../../lib/monitors/tcp/tcp-monitor.js'
import { connection, retransmitted, tcpSnapshot } from '../helpers/monitor-samples.js'
import { fakeSurroundings, jsonLines, runCommand } from '../helpers/run-command.js'

const few = connection({ segmentsSent: 100, retransmitted: retransmitted({ segments: 1 }), command: 'curl', pid: 12 })
const many = connection({
  segmentsSent: 90,
  retransmitted: retransmitted({ segments: 9 }),
  localPort: 7,
  command: 'node',
  pid: 13,
})
const other = connection({
  segmentsSent: 1000,
  retransmitted: retransmitted({ segments: 5 }),
  remoteAddress: '198.51.100.7',
})
const everything = [tcpSnapshot([few, many, other], { segmentsSent: 1190 })]
const { state, localAddress, localPort, remoteAddress, remotePort, ipVersion, netns, opener } = few
const ofConnection = { state, localAddress, localPort, remoteAddress, remotePort, ipVersion, netns, opener }
const opened: ConnectionEvent = { type: 'opened', time: 45_296_789, ...ofConnection }
const reset: ConnectionEvent = { type: 'reset', time: 45_296_790, direction: 'received', ...ofConnection }

interface Asked {
  monitor: Parameters<typeof monitorTcp>[0][]
  events: ConnectionEventsOptions[]
  closed: boolean
}

/** Runs the command over a monitor that yields these snapshots, and events that come, and then no more. */
async function retransmits(args: readonly string[], { isTTY = false } = {}) {
  const asked: Asked = { monitor: [], events: [], closed: false }
  const around = fakeSurroundings({ isTTY })
  const sources = {
    monitor: async function* (options: Asked['monitor'][number]) {
      asked.monitor.push(options)
      yield* everything
    },
    events: async (options: ConnectionEventsOptions) => {
      asked.events.push(options)
      return source(asked, async function* ({ signal } = {}) {
        yield opened
        yield reset
        await new Promise((resolve) => signal?.addEventListener('abort', resolve))
      })
    },
  }
  await runCommand(retransmitsCommand(sources, around), args)
  const [{ signal, ...monitor } = {}] = asked.monitor
  const [events] = asked.events
  if (events && !asked.closed) throw new Error('the events are not closed')
  if (asked.monitor.length + asked.events.length !== 1) throw new Error('one source is asked, once')
  return { monitor, events, signal, around, printed: around.output.written }
}

const source = (asked: { closed: boolean }, read: ConnectionEvents['read']) => ({
  read,
  [Symbol.dispose]: () => {
    asked.closed = true
  },
})

const defaults = {
  connections: true,
  drops: true,
  mode: 'auto',
  maxEntries: 16_384,
  maxSockets: 65_536,
  interval: 1000,
}

for (const [args, expected] of [
  [[], {}],
  [['--netns', 'blue'], { netns: 'blue' }],
  [['--mode', 'tp_btf'], { mode: 'tp_btf' }],
  [['--mode', 'kprobe'], { mode: 'kprobe' }],
  [['--mode', 'tracepoint'], { mode: 'tracepoint' }],
  [['--max-entries', '5'], { maxEntries: 5 }],
  [['--max-sockets', '6'], { maxSockets: 6 }],
  [['--interval', '0.25'], { interval: 250 }],
  [['--duration', '2.5'], { duration: 2500 }],
] as const) {
  test(`retransmits ${args.join(' ')} asks the monitor for this and nothing else`, async (t) => {
    const { monitor, signal, around } = await retransmits([...args, '--json'])
    t.deepEqual(monitor as unknown, { ...defaults, ...expected })
    t.false(signal?.aborted)
    around.stop()
    t.true(signal?.aborted)
  })
}

// The events never end by themselves: with --duration 0.01 they are over after 10 ms.
const briefly = ['--duration', '0.01']

for (const [args, expected] of [
  [['--events'], { maxSockets: 65_536 }],
  [['--events', 'reset, dropped'], { maxSockets: 65_536, types: ['reset', 'dropped'] }],
  [['--events', '--netns', 'blue'], { maxSockets: 65_536, netns: 'blue' }],
  [['--events', '--max-sockets', '6'], { maxSockets: 6 }],
] as const) {
  test(`retransmits ${args.join(' ')} asks for these events, and --duration ends them`, async (t) => {
    t.deepEqual((await retransmits([...args, ...briefly])).events as unknown, expected)
  })
}

test.serial('events that end sooner than --duration leave no timer that the process would wait for', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const events = async () => {
    t.is(timers(), before, 'the time starts when the programs are loaded')
    return source({ closed: false }, async function* () {
      yield opened
      t.is(timers(), before + 1)
    })
  }
  const unasked = async function* () {}
  const command = retransmitsCommand({ monitor: unasked, events }, fakeSurroundings())
  await runCommand(command, ['--events', '--duration', '1000'])
  t.is(timers(), before)
})

test('retransmits --events prints a line for each, in words or as JSON', async (t) => {
  const { printed } = await retransmits(['--events', ...briefly])
  t.is(
    printed,
    `12:34:56.789  opened         192.0.2.1:40000 → 192.0.2.2:443
12:34:56.790  reset          192.0.2.1:40000 → 192.0.2.2:443  received\n`,
  )
  const { around } = await retransmits(['--events', '--json', ...briefly])
  t.deepEqual(jsonLines(around.output), [opened, reset])
})

test('retransmits --json prints each snapshot as a line, with every connection', async (t) => {
  const { around } = await retransmits(['--json', '--top', '1'])
  t.deepEqual(jsonLines(around.output), everything)
})

test('on a screen the first table of retransmits is due at once, and nowhere else', async (t) => {
  t.like((await retransmits([], { isTTY: true })).monitor, { first: 100, interval: 1000 })
  t.false('first' in (await retransmits(['--json'], { isTTY: true })).monitor)
  t.false('first' in (await retransmits([])).monitor)
})

/** The rows of a printed table. */
const rowsOf = (printed: string) => {
  const lines = printed.trimEnd().split('\n')
  return lines.slice(lines.findIndex((line) => /^(PEER|LOCAL)/.test(line)) + 1)
}

test('retransmits shows a row for each peer, who sent most again first', async (t) => {
  const { printed } = await retransmits([])
  t.regex(printed, /^PEER +SENT +AGAIN▾ +RATIO +TREND +RTT +SYN +TLP +RST +DROPS +CONNS +PROCESS$/m)
  const rows = rowsOf(printed)
  t.is(rows.length, 2)
  t.regex(rows[0] ?? '', /^192\.0\.2\.2 +190 +10 +5\.26 % +█ +2 +curl node$/)
  t.regex(rows[1] ?? '', /^198\.51\.100\.7 +1\.00k +5 +0\.500 % +█ +1$/)
})

test('retransmits --by connection shows a row for each connection', async (t) => {
  const { printed } = await retransmits(['--by', 'connection'])
  t.regex(printed, /^LOCAL +REMOTE +SENT +AGAIN▾ +RATIO +TREND +RTT +SYN +TLP +RST +DROPS +STATE +PROCESS$/m)
  const rows = rowsOf(printed)
  t.is(rows.length, 3)
  t.regex(rows[0] ?? '', /^192\.0\.2\.1:7 +192\.0\.2\.2:443 +90 +9 +10\.0 % +█ +ESTABLISHED +node 13$/)
})

test('--top, --sort and --reverse choose the rows of retransmits', async (t) => {
  const peers = async (...args: string[]) => rowsOf((await retransmits(args)).printed).map((row) => row.split(/ +/)[0])
  t.deepEqual(await peers('--sort', 'sent'), ['198.51.100.7', '192.0.2.2'])
  t.deepEqual(await peers('--reverse'), ['198.51.100.7', '192.0.2.2'])
  t.deepEqual(await peers('--sort', 'sent', '--top', '1'), ['198.51.100.7', 'and'])
})

test('a column to sort by is one of the table of retransmits that is shown', async (t) => {
  const measures = 'sent, again, ratio, rtt, syn, tlp, rst, drops'
  for (const [args, columns] of [
    [['--sort', 'local'], `peer, ${measures}, conns`],
    [['--sort', 'peer', '--by', 'connection'], `local, remote, ${measures}`],
  ] as const) {
    await t.throwsAsync(retransmits(args), {
      message: `--sort ${args[1]} is not a column of this table: there are ${columns}`,
    })
  }
  await t.notThrowsAsync(retransmits(['--sort', 'local', '--by', 'connection']))
})

test('a wrong argument of retransmits is said in a sentence', async (t) => {
  for (const [args, expected] of [
    [['--mode', 'magic'], /mode.*magic.*auto, tp_btf, kprobe, tracepoint/],
    [['--by', 'host'], /by.*host.*peer, connection/],
    [['--events', 'reset,lost'], /'lost' is not one of opened, established, closed, retransmitted, reset, dropped\./],
    [['--max-sockets', '0'], /max-sockets.*0.*positive whole number/],
    ...[
      '--by=peer',
      '--top=1',
      '--sort=sent',
      '--reverse',
      '--dns',
      '--interval=1',
      '--mode=kprobe',
      '--max-entries=1',
    ].map((option) => [['--events', option], /events.*cannot be used with/] as const),
  ] as const) {
    await t.throwsAsync(retransmits(args), { message: expected }, args.join(' '))
  }
})
