import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import type { DemoNetwork } from '../../lib/cli/demo/network.js'
import { percentage } from '../../lib/cli/format.js'
import { withAddresses } from '../helpers/demo-network.js'
import { connectTcp, keepSending, sendDatagrams, serveTcp } from '../helpers/traffic.js'
import '../helpers/no-leaks.js'

const cli = ['dist/cli.cjs']

const run = (...args: string[]) =>
  spawnSync(process.execPath, [...cli, ...args], { encoding: 'utf8', timeout: 120_000 })

/** Starts a command of which the lines are read as they come. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [...cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, ended: once(child, 'exit'), lines: lines(child) }
}

/** Ctrl-C, but once: what comes when the process is all but gone would end it by the signal. */
function interrupt(child: ChildProcess): void {
  if (!child.killed) child.kill('SIGINT')
}

async function* lines(child: ChildProcess): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of child.stdout ?? []) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}

/** Snapshots of `flows --json` on the client's interface, from before `traffic` until it has ended. */
async function snapshotsOf(
  t: ExecutionContext,
  { client }: DemoNetwork,
  args: readonly string[],
  traffic: () => Promise<unknown>,
) {
  const where = ['-i', client.interface, '--netns', client.netns.path, '--interval', '0.2', '--json']
  const { child, ended, lines } = start('flows', ...where, ...args)
  const snapshots = []
  let sending: Promise<unknown> | undefined
  for await (const line of lines) {
    snapshots.push(JSON.parse(line))
    sending ??= traffic().then(() => child.kill('SIGINT'))
  }
  await sending
  t.deepEqual(await ended, [0, null])
  return snapshots
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

test('flows --json prints an object a line, and Ctrl-C ends it with a last one and status 0', async (t) => {
  await withAddresses(async (network) => {
    const snapshots = await snapshotsOf(t, network, [], () =>
      sendDatagrams(network.client.netns, { address: network.server.ipv4, ports: 1, times: 7, size: 1 }),
    )
    const flows = snapshots.flatMap((snapshot) => snapshot.flows).filter((flow) => flow.destinationPort === 10_000)
    t.is(sum(flows.map(({ packets }) => packets)), 7)
  })
})

test('filters are the kernel’s: what they leave out is in no flow, and counted', async (t) => {
  await withAddresses(async (network) => {
    const args = [
      '--port',
      '10001,10003-10004',
      '--exclude-port',
      '10004',
      '--protocol',
      'udp',
      '--direction',
      'egress',
    ]
    const snapshots = await snapshotsOf(t, network, args, () =>
      sendDatagrams(network.client.netns, { address: network.server.ipv4, ports: 6, times: 5, size: 1 }),
    )
    const flows = snapshots.flatMap((snapshot) => snapshot.flows)
    t.deepEqual([...new Set(flows.map((flow) => flow.destinationPort))].sort(), [10_001, 10_003])
    t.is(sum(flows.map(({ packets }) => packets)), 10)
    t.true(sum(snapshots.map(({ filtered }) => filtered.packets)) >= 20)
    t.true(flows.every(({ direction }) => direction === 'egress'))
  })
})

test('flows --json --connections joins both directions', async (t) => {
  await withAddresses(async (network) => {
    const { client, server } = network
    const serving = await serveTcp(server.netns, 8080, 100_000)
    const snapshots = await snapshotsOf(t, network, ['--connections'], () =>
      connectTcp(client.netns, { addresses: [server.ipv4, server.ipv6], port: 8080, connections: 1, bytes: 10 }),
    )
    await serving.stop()
    const connections = snapshots.flatMap((snapshot) => snapshot.connections).filter(({ protocol }) => protocol === 6)
    t.true(connections.length >= 2)
    for (const { sourceAddress, destinationPort, opener } of connections) {
      t.true([client.ipv4, client.ipv6].includes(sourceAddress))
      t.deepEqual([destinationPort, opener], [8080, 'source'])
    }
    for (const way of ['forward', 'reverse'] as const) {
      const bytes = sum(connections.flatMap((connection) => connection[way]).map(({ bytes }) => bytes))
      t.is(bytes > 200_000, way === 'reverse', `${bytes} ${way}`)
    }
  })
})

test('flows ends by itself after --duration and shows a table', async (t) => {
  await withAddresses(async ({ client, server }) => {
    const sending = keepSending(client.netns, server.ipv4)
    const where = ['-i', 'client*', '--netns', client.netns.path]
    const { status, stdout } = run('flows', ...where, '--duration', '3', '--sampling', '2')
    await sending.stop()
    t.is(status, 0)
    t.regex(stdout, /PROTO +SOURCE +DESTINATION +INTERFACE +RATE/)
    t.regex(stdout, /UDP +198\.18\.0\.1:\d+ +198\.18\.0\.2:10000 +client0 out/)
    t.regex(stdout, /SAMPLED: 1 packet in 2\./)
    t.regex(stdout, /packets in no flow: .*not sampled/)
    t.false(stdout.includes('\u001b'), 'a pipe gets neither colours nor cursor movements')
  })
})

for (const args of [['--json'], ['--sort', 'rate']]) {
  test(`a reader that goes away ends flows ${args.join(' ')} without an error`, async (t) => {
    await withAddresses(async ({ client }) => {
      const where = ['-i', client.interface, '--netns', client.netns.path, '--interval', '0.1']
      const child = spawn(process.execPath, [...cli, 'flows', ...where, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
      let complaint = ''
      child.stderr.on('data', (text) => {
        complaint += text
      })
      const ended = once(child, 'exit')
      await once(child.stdout, 'data')
      child.stdout.destroy()
      t.deepEqual(await ended, [0, null])
      t.is(complaint, '')
    })
  })
}

test('retransmits --json names its totals and each connection', async (t) => {
  await withAddresses(async ({ client, server }) => {
    const serving = await serveTcp(server.netns, 8080, 1000)
    const { child, ended, lines } = start('retransmits', '--netns', client.netns.path, '--interval', '0.2', '--json')
    const connections: { remotePort: number; segmentsSent: number; segments: number }[] = []
    let connecting: Promise<unknown> | undefined
    for await (const line of lines) {
      const { totals, lost, sockets } = JSON.parse(line)
      t.is(typeof totals.segments, 'number')
      t.is(lost.events, 0)
      connections.push(...sockets.connections)
      connecting ??= connectTcp(client.netns, {
        addresses: [server.ipv4],
        port: 8080,
        connections: 3,
        bytes: 10,
      }).then(() => child.kill('SIGINT'))
    }
    await connecting
    await serving.stop()
    t.deepEqual(await ended, [0, null])
    const ours = connections.filter(({ remotePort }) => remotePort === 8080)
    t.true(ours.length >= 3)
    t.true(sum(ours.map(({ segmentsSent }) => segmentsSent)) >= 9)
  })
})

/** Connects again and again to a neighbour whose address leads nowhere: the kernel sends each SYN again after a second. */
async function whileNobodyAnswers({ client, server }: DemoNetwork, body: () => Promise<void>): Promise<void> {
  client.netns.ip(`neighbour replace ${server.ipv4} dev ${client.interface} lladdr 02:00:00:00:00:99 nud permanent`)
  const source = `
    setInterval(() => require('net').connect(9, '${server.ipv4}').on('error', () => {}), 300)
    process.stdin.resume().once('end', () => process.exit(0))`
  const child = client.netns.spawn(process.execPath, ['-e', source])
  const ended = once(child, 'exit')
  try {
    await body()
  } finally {
    child.stdin?.end()
    await ended
  }
}

test('retransmits shows for each peer what was sent again of what was sent', async (t) => {
  await withAddresses(async (network) => {
    const args = ['--netns', network.client.netns.path, '--interval', '0.2']
    const { child, ended, lines } = start('retransmits', ...args)
    await whileNobodyAnswers(network, async () => {
      for await (const line of lines) {
        const [, sent, again, ratio] = /^198\.18\.0\.2 +(\d+) +(\d+) +([\d.]+ %).* node/.exec(line) ?? []
        if (again === undefined || again === '0') continue
        t.true(Number(again) <= Number(sent))
        t.is(ratio, percentage(Number(again) / Number(sent)))
        interrupt(child)
      }
    })
    t.deepEqual(await ended, [0, null])
  })
})

test('retransmits --events tells of each as it happens, in words and as JSON', async (t) => {
  await withAddresses(async (network) => {
    const args = ['retransmits', '--events', '--netns', network.client.netns.path]
    const words = start(...args)
    const json = start(...args, '--json')
    await whileNobodyAnswers(network, async () => {
      for await (const line of words.lines) {
        if (!/retransmitted +198\.18\.0\.1:\d+ → 198\.18\.0\.2:9 +syn +1 segment, 0 B +node \d+$/.test(line)) continue
        interrupt(words.child)
      }
      const types = new Set<string>()
      for await (const line of json.lines) {
        const event = JSON.parse(line)
        types.add(event.type)
        if (event.type !== 'retransmitted') continue
        t.like(event, { remoteAddress: network.server.ipv4, remotePort: 9, kind: 'syn', segments: 1 })
        if (types.has('opened')) interrupt(json.child)
      }
    })
    t.deepEqual(await Promise.all([words.ended, json.ended]), [
      [0, null],
      [0, null],
    ])
  })
})

test('an interface that is not there is said in a sentence, without a stack', (t) => {
  const { status, stderr } = run('flows', '-i', 'no-such-if')
  t.is(status, 1)
  t.regex(stderr, /^ebpf: .*no-such-if/)
  t.notRegex(stderr, /\n\s+at /)
})

test('who lacks capabilities is told which', (t) => {
  const few = '-all,+net_admin,+dac_read_search'
  const setpriv = ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${few}`, `--ambient-caps=${few}`]
  for (const command of [['flows', '-i', 'lo'], ['retransmits']]) {
    const { status, stderr } = spawnSync(
      'unshare',
      ['--net', 'setpriv', ...setpriv, `--bounding-set=${few}`, process.execPath, ...cli, ...command],
      { encoding: 'utf8' },
    )
    t.is(status, 1)
    t.is(stderr, 'ebpf: the process lacks CAP_PERFMON, CAP_BPF: run it as root, or see what ebpf doctor advises\n')
  }
})
