import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { addAddresses, createNetwork, type DemoNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { keepSending, sendDatagrams } from '../helpers/traffic.js'
import '../helpers/no-leaks.js'

const cli = ['dist/cli.js']

const run = (...args: string[]) =>
  spawnSync(process.execPath, [...cli, ...args], { encoding: 'utf8', timeout: 120_000 })

async function withNetwork(body: (network: DemoNetwork) => Promise<void>): Promise<void> {
  const network = await createNetwork(1)
  try {
    addAddresses(network)
    await body(network)
  } finally {
    await removeNetwork(network)
  }
}

/** The lines that a command prints, as they come. */
async function* lines(child: ChildProcess): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of child.stdout ?? []) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}

test('flows --json prints an object a line, and Ctrl-C ends it with a last one and status 0', async (t) => {
  await withNetwork(async ({ client, server }) => {
    const args = ['flows', '-i', client.interface, '--netns', client.netns.path, '--interval', '0.2', '--json']
    const child = spawn(process.execPath, [...cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    let sending: Promise<unknown> | undefined
    let datagrams = 0
    for await (const line of lines(child)) {
      for (const flow of JSON.parse(line).flows) if (flow.destinationPort === 10_000) datagrams += flow.packets
      sending ??= sendDatagrams(client.netns, { address: server.ipv4, ports: 1, times: 7, size: 1 }).then(() =>
        child.kill('SIGINT'),
      )
    }
    await sending
    t.is(datagrams, 7)
    t.deepEqual(await ended, [0, null])
  })
})

test('flows ends by itself after --duration and shows a table', async (t) => {
  await withNetwork(async ({ client, server }) => {
    const sending = keepSending(client.netns, server.ipv4)
    const { status, stdout } = run('flows', '-i', client.interface, '--netns', client.netns.path, '--duration', '3')
    await sending.stop()
    t.is(status, 0)
    t.regex(stdout, /PROTO +SOURCE +DESTINATION +INTERFACE +RATE/)
    t.regex(stdout, /UDP +198\.18\.0\.1:\d+ +198\.18\.0\.2:10000 +client0 out/)
  })
})

test('a reader that goes away ends the command without an error', async (t) => {
  await withNetwork(async ({ client }) => {
    const args = ['flows', '-i', client.interface, '--netns', client.netns.path, '--interval', '0.1', '--json']
    const child = spawn(process.execPath, [...cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
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

test('retransmits --json names its totals', (t) => {
  const { status, stdout } = run('retransmits', '--duration', '0.5', '--json')
  t.is(status, 0)
  const { totals, lost } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  t.is(typeof totals.segments, 'number')
  t.is(lost.events, 0)
})

test('an interface that is not there is said in a sentence, without a stack', (t) => {
  const { status, stderr } = run('flows', '-i', 'no-such-if')
  t.is(status, 1)
  t.regex(stderr, /^ebpf: .*no-such-if/)
  t.notRegex(stderr, /\n\s+at /)
})
