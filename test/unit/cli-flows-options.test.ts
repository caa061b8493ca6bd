import { Resolver } from 'node:dns/promises'
import test from 'ava'
import { flowsCommand } from '../../lib/cli/flows.js'
import type { monitorFlows } from '../../lib/monitors/flows/flow-monitor.js'
import { flow, flowSnapshot } from '../helpers/monitor-samples.js'
import { fakeSurroundings, jsonLines, runCommand } from '../helpers/run-command.js'

const there = flow({ bytes: 1000, opener: 'source' })
const andBack = flow({
  sourceAddress: '192.0.2.2',
  sourcePort: 443,
  destinationAddress: '192.0.2.1',
  destinationPort: 40_000,
  direction: 'ingress',
  bytes: 3000,
  opener: 'destination',
})
const elsewhere = flow({ bytes: 2000, sourceAddress: '198.51.100.7', interface: 'veth7', duplicate: true })
const everything = [flowSnapshot([there, andBack, elsewhere])]

/** Runs the command over a monitor that yields these snapshots; what the monitor was asked for, and what was printed. */
async function flows(args: readonly string[], { snapshots = everything, isTTY = false } = {}) {
  const asked: Parameters<typeof monitorFlows>[0][] = []
  const around = fakeSurroundings({ isTTY })
  await runCommand(
    flowsCommand(async function* (options) {
      asked.push(options)
      yield* snapshots
    }, around),
    args,
  )
  const [{ signal, ...options } = {}, ...more] = asked
  return { asked: options, signal, times: more.length + 1, around, printed: around.output.written }
}

const defaults = { perspective: 'host', attach: 'auto', tunnels: 'outer', maxEntries: 65_536, interval: 1000 }

for (const [args, expected] of [
  [[], {}],
  [['-i', 'eth0', '--interface', '!veth*'], { interfaces: ['eth0', '!veth*'] }],
  [['--netns', 'blue', '--netns', '/proc/1/ns/net'], { netns: ['blue', '/proc/1/ns/net'] }],
  [['--perspective', 'peer'], { perspective: 'peer' }],
  [['--tunnels', 'inner'], { tunnels: 'inner' }],
  [['--sampling', '100'], { sampling: 100 }],
  [['--attach', 'clsact'], { attach: 'clsact' }],
  [['--attach', 'tcx'], { attach: 'tcx' }],
  [['--max-entries', '5'], { maxEntries: 5 }],
  [['--interval', '0.25'], { interval: 250 }],
  [['--duration', '2.5'], { duration: 2500 }],
  [['--duration', '2000000'], { duration: 2_000_000_000 }],
  [['--sockets'], { sockets: { connections: true } }],
  [['--protocol', 'tcp,17'], { filter: { protocols: ['tcp', '17'] } }],
  [['--address', '192.0.2.0/24', '--address', '::1, ::2'], { filter: { addresses: ['192.0.2.0/24', '::1', '::2'] } }],
  [['--source', '192.0.2.1'], { filter: { sourceAddresses: ['192.0.2.1'] } }],
  [['--destination', '192.0.2.1'], { filter: { destinationAddresses: ['192.0.2.1'] } }],
  [['--port', '443,8000-8999'], { filter: { ports: ['443', '8000-8999'] } }],
  [['--source-port', '1'], { filter: { sourcePorts: ['1'] } }],
  [['--destination-port', '2'], { filter: { destinationPorts: ['2'] } }],
  [['--direction', 'ingress'], { filter: { direction: 'ingress' } }],
  [['--exclude-protocol', 'udp'], { filter: { exclude: { protocols: ['udp'] } } }],
  [['--exclude-address', '::/0'], { filter: { exclude: { addresses: ['::/0'] } } }],
  [['--exclude-source', '::1'], { filter: { exclude: { sourceAddresses: ['::1'] } } }],
  [['--exclude-destination', '::1'], { filter: { exclude: { destinationAddresses: ['::1'] } } }],
  [['--exclude-port', '1,2', '--exclude-port', '3'], { filter: { exclude: { ports: ['1', '2', '3'] } } }],
  [['--exclude-source-port', '1'], { filter: { exclude: { sourcePorts: ['1'] } } }],
  [['--exclude-destination-port', '1'], { filter: { exclude: { destinationPorts: ['1'] } } }],
  [
    ['--port', '1', '--direction', 'egress', '--exclude-port', '2'],
    { filter: { ports: ['1'], direction: 'egress', exclude: { ports: ['2'] } } },
  ],
] as const) {
  test(`flows ${args.join(' ')} asks the monitor for this and nothing else`, async (t) => {
    const { asked, times, signal, around } = await flows([...args, '--json'])
    t.deepEqual(asked as unknown, { ...defaults, ...expected })
    t.is(times, 1)
    t.false(signal?.aborted)
    around.stop()
    t.true(signal?.aborted)
  })
}

test('on a screen the first table is due at once; without one, and as JSON, after the interval', async (t) => {
  t.like((await flows([], { isTTY: true })).asked, { first: 100, interval: 1000 })
  t.false('first' in (await flows(['--json'], { isTTY: true })).asked)
  t.false('first' in (await flows([])).asked)
})

test('flows --json prints each snapshot as a line, with every record', async (t) => {
  const snapshots = [...everything, flowSnapshot([], { start: 2000, end: 3000 })]
  const { around } = await flows(['--json', '--top', '1', '--sort', 'packets'], { snapshots })
  t.deepEqual(jsonLines(around.output), snapshots)
})

test('flows --json --connections has joined flows in place of the flows', async (t) => {
  const { around } = await flows(['--json', '--connections'])
  const [line, ...more] = jsonLines(around.output)
  t.deepEqual(more, [])
  t.false('flows' in line)
  t.is(line.connections.length, 1)
  t.like(line.connections[0], {
    sourcePort: 40_000,
    bytes: 4000,
    forward: [{ bytes: 1000 }],
    reverse: [{ bytes: 3000 }],
  })
})

/** The rows of a printed table, by their first words. */
const rowsOf = (printed: string) => {
  const lines = printed.trimEnd().split('\n')
  return lines.slice(lines.findIndex((line) => line.startsWith('PROTO')) + 1)
}

test('flows prints a table of a row for each flow, the most bytes first, without control sequences', async (t) => {
  const { printed } = await flows([])
  t.regex(printed, /^PROTO +SOURCE +DESTINATION +INTERFACE +RATE +TREND +BYTES▾ +PACKETS +SEGMENTS +FLAGS$/m)
  const rows = rowsOf(printed)
  t.is(rows.length, 2)
  t.regex(rows[0] ?? '', /^TCP +192\.0\.2\.2:443 +192\.0\.2\.1:40000 +eth0 in +24\.0 kbit\/s +█ +3\.00 kB +1 +2 +ACK$/)
  t.regex(rows[1] ?? '', /^TCP +192\.0\.2\.1:40000 +192\.0\.2\.2:443 +eth0 out +8\.00 kbit\/s +█ +1\.00 kB +1 +2 +ACK$/)
  t.false(printed.includes('\u001b'))
})

test('--duplicates shows a flow where other interfaces see it, too', async (t) => {
  const rows = rowsOf((await flows(['--duplicates'])).printed)
  t.is(rows.length, 3)
  t.regex(rows[1] ?? '', /198\.51\.100\.7:40000 .* veth7 out/)
})

test('--connections shows one row for both directions', async (t) => {
  const { printed } = await flows(['--connections'])
  t.regex(printed, /^PROTO +SOURCE +DESTINATION +SENT +RECEIVED +RATE +TREND +BYTES▾/m)
  const rows = rowsOf(printed)
  t.is(rows.length, 1)
  t.regex(
    rows[0] ?? '',
    /^TCP +192\.0\.2\.1:40000 +192\.0\.2\.2:443 +1\.00 kB +3\.00 kB +32\.0 kbit\/s +█ +4\.00 kB +2 /,
  )
})

test('--sockets adds the columns of the socket, in either table', async (t) => {
  for (const more of [[], ['--connections']]) {
    t.regex((await flows(['--sockets', ...more])).printed, / RTT +AGAIN +PROCESS /)
    t.notRegex((await flows(more)).printed, /RTT|AGAIN|PROCESS/)
  }
})

test('--top, --sort and --reverse choose the rows', async (t) => {
  const bytesOf = async (...args: string[]) =>
    rowsOf((await flows(['--duplicates', ...args])).printed).map((row) => / (\d\.00 kB) /.exec(row)?.[1] ?? row)
  t.deepEqual(await bytesOf(), ['3.00 kB', '2.00 kB', '1.00 kB'])
  t.deepEqual(await bytesOf('--reverse'), ['1.00 kB', '2.00 kB', '3.00 kB'])
  t.deepEqual(await bytesOf('--sort', 'source'), ['1.00 kB', '3.00 kB', '2.00 kB'])
  t.deepEqual(await bytesOf('--top', '2'), ['3.00 kB', '2.00 kB', 'and 1 more'])
})

test('without a terminal and --top a table has 20 rows', async (t) => {
  const many = Array.from({ length: 25 }, (_, i) => flow({ sourcePort: i + 1 }))
  const rows = rowsOf((await flows([], { snapshots: [flowSnapshot(many)] })).printed)
  t.is(rows.length, 21)
  t.is(rows.at(-1), 'and 5 more')
})

test('--max-entries bounds the rows: the idle ones go first', async (t) => {
  const snapshots = [
    flowSnapshot([there, andBack]),
    flowSnapshot([there]),
    flowSnapshot([flow({ sourcePort: 7, bytes: 1 })]),
  ]
  const { printed } = await flows(['--max-entries', '2'], { snapshots })
  const ports = rowsOf(printed.split('\n\n').at(-2) ?? '').map((row) => /:(\d+)/.exec(row)?.[1])
  t.deepEqual(ports, ['40000', '7'])
})

test('the namespace is told where there are several', async (t) => {
  const snapshots = [
    flowSnapshot([flow({ netns: '/run/netns/blue' }), flow({ netns: '/proc/12/ns/net', sourcePort: 1 })]),
  ]
  const netns = ['--netns', 'blue', '--netns', '/proc/12/ns/net']
  const several = (await flows(netns, { snapshots })).printed
  t.regex(several, / blue eth0 out /)
  t.regex(several, / 12 eth0 out /)
  t.notRegex((await flows(netns.slice(2), { snapshots })).printed, /blue| 12 /)
})

test.serial('--dns shows names when they are known, and without it nobody is asked', async (t) => {
  const { reverse } = Resolver.prototype
  const asked: string[] = []
  Resolver.prototype.reverse = async (address) => {
    asked.push(address)
    return [`name-of-${address}`]
  }
  t.teardown(() => {
    Resolver.prototype.reverse = reverse
  })
  const again = async function* () {
    yield* everything
    await new Promise((resolve) => setImmediate(resolve))
    yield* everything
  }
  const printed = async (...args: string[]) => {
    const around = fakeSurroundings()
    await runCommand(flowsCommand(again, around), args)
    return around.output.written
  }
  t.notRegex(await printed(), /name-of/)
  t.deepEqual(asked, [])
  const [, second = ''] = (await printed('--dns')).split('\n\n')
  t.regex(second, /name-of-192\.0\.2\.1:40000 +name-of-192\.0\.2\.2:443 /)
  t.deepEqual(asked.sort(), ['192.0.2.1', '192.0.2.2'])
})

test('a column to sort by is one of the table that is shown', async (t) => {
  for (const [args, columns] of [
    [['--sort', 'sent'], 'source, destination, interface, rate, bytes, packets, segments'],
    [['--sort', 'rtt'], 'source, destination, interface, rate, bytes, packets, segments'],
    [['--sort', 'interface', '--connections'], 'source, destination, sent, received, rate, bytes, packets, segments'],
  ] as const) {
    await t.throwsAsync(flows(args), {
      message: `--sort ${args[1]} is not a column of this table: there are ${columns}`,
    })
  }
  await t.notThrowsAsync(flows(['--sort', 'rtt', '--sockets']))
  await t.notThrowsAsync(flows(['--sort', 'sent', '--connections']))
})

test('a wrong argument is said in a sentence', async (t) => {
  for (const [args, expected] of [
    [['--interval', '0'], /interval.*0.*positive number of seconds/],
    [['--duration', '2000001'], /duration.*2000001.*positive number of seconds/],
    [['--top', '1.5'], /top.*1\.5.*positive whole number/],
    [['--sampling', '0'], /sampling.*0.*positive whole number/],
    [['--port', '65536'], /port.*65536/],
    [['--exclude-source', '192.0.2.1,x'], /exclude-source.*'x'/],
    [['--sort', 'colour'], /sort.*colour.*bytes/],
    [['--tunnels', 'both'], /tunnels.*both.*outer, inner/],
    [['--connections', '--duplicates'], /duplicates.*cannot be used with.*connections/],
    [['--json', '--dns'], /dns.*cannot be used with.*json/],
  ] as const) {
    await t.throwsAsync(flows(args), { message: expected }, args.join(' '))
  }
})
