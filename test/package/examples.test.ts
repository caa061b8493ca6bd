import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { retransSegs } from '../../lib/cli/demo/kernel-counters.js'
import { LossyPath } from '../../lib/cli/demo/lossy-path.js'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { addAddresses, removeAddresses } from '../../lib/cli/demo/network.js'
import { withAddresses, withNetwork } from '../helpers/demo-network.js'
import { Project, type Running, tools } from '../helpers/project.js'
import { connectTcp, sendDatagrams, serveTcp } from '../helpers/traffic.js'

/* The projects of examples/, each copied away and installed from the tarball. */

const tested = ['metrics-service', 'own-probe', 'retransmit-alarm', 'top-talkers', 'worker']
const version = JSON.parse(readFileSync('package.json', 'utf8')).version

async function installed(t: ExecutionContext, name: string): Promise<Project> {
  t.timeout(240_000)
  const project = new Project(t)
  for (const file of readdirSync(`examples/${name}`)) project.copy(`examples/${name}/${file}`, file)
  const manifest = JSON.parse(readFileSync(`examples/${name}/package.json`, 'utf8'))
  t.is(manifest.dependencies.ebpf, `^${version}`)
  manifest.dependencies.ebpf = `file:${tools.tarball}`
  project.write({ 'package.json': JSON.stringify(manifest) })
  await project.npm('install')
  return project
}

/** `npm start` with options, until the end of the test. */
function started(t: ExecutionContext, project: Project, ...options: string[]): Running {
  const running = project.start('npm', ['start', '--', ...options])
  t.teardown(() => running.stop())
  return running
}

test('the index names every project, and every project is tested', (t) => {
  const projects = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  t.deepEqual(projects.map(({ name }) => name).sort(), tested)
  const index = readFileSync('examples/README.md', 'utf8')
  for (const name of tested) t.true(index.includes(`(${name}/README.md)`), name)
})

test('own-probe compiles its program and its types, and tells of what is executed', async (t) => {
  const project = await installed(t, 'own-probe')
  const built = await project.run('npm', ['run', 'build'], { CLANG: tools.clang, npm_config_loglevel: 'error' })
  t.is(built.status, 0, built.output)
  const running = started(t, project, '--parent', String(process.pid))
  await running.until(/^watching$/m)
  const pids = [1, 2, 3].map(() => spawnSync('sh', ['-c', 'exit 0']).pid)
  for (const pid of pids)
    await running.until(new RegExp(`^${process.pid} executed \\S*sh \\(sh\\) as process ${pid} of user 0$`, 'm'))
  const output = await running.stop()
  t.is(output.match(/ executed /g)?.length, 3)
  t.regex(output, /^user 0: 3$/m)
  t.regex(output, /^lost: 0$/m)
})

test('retransmit-alarm tells the webhook of a path that loses, and of none that does not', async (t) => {
  const project = await installed(t, 'retransmit-alarm')
  const told: { peer: string; percent: number; retransmitted: number; sent: number }[] = []
  const webhook = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    told.push({ method: request.method, ...JSON.parse(body) })
    response.end()
  }).listen(0, '127.0.0.1')
  t.teardown(() => webhook.close())
  await once(webhook, 'listening')

  await withAddresses(async (network) => {
    const { client, server } = network
    const serving = await serveTcp(server.netns, 8080, 100_000)
    const talk = (bytes: number) =>
      connectTcp(client.netns, { addresses: [server.ipv4], port: 8080, connections: 1, bytes })
    const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`
    const options = ['--threshold', '1', '--minimum', '20', '--interval', '0.5', '--netns', client.netns.path]
    const running = started(t, project, '--webhook', url, ...options)
    await running.until(/^watching$/m)
    await talk(3_000_000)
    await sleep(1000)
    // A virtual path loses nothing, unless a queue is full: what the kernel sent again then may raise the alarm.
    if (retransSegs(client.netns) === 0) t.deepEqual(told, [], running.output)

    using _lossy = await LossyPath.create(network, 1000)
    for (let tries = 0; tries < 10 && told.length === 0; tries++) await talk(1_500_000)
    await running.until(/^\S+: [\d.]+ % of \d+ segments were sent again$/m)
    t.regex(await running.stop(), /^stopped$/m)
    await serving.stop()
    const [alarm] = told
    t.like(alarm, { method: 'POST', peer: server.ipv4 })
    t.true(alarm && alarm.percent >= 1 && alarm.retransmitted > 0 && alarm.sent >= 20, JSON.stringify(told))
    t.true((alarm?.retransmitted ?? 0) <= retransSegs(client.netns))
  })
})

test('top-talkers knows who sent how much', async (t) => {
  const project = await installed(t, 'top-talkers')
  await withAddresses(async ({ client, server }) => {
    const serving = await serveTcp(server.netns, 8080, 70_000)
    const running = started(t, project, '--json', '--interval', '0.5', '--netns', client.netns.path)
    await running.until(/"talkers"/)
    await connectTcp(client.netns, { addresses: [server.ipv4], port: 8080, connections: 3, bytes: 200_000 })
    const lines = (await running.stop()).match(/^\{.*\}$/gm) ?? []
    await serving.stop()
    const rows = lines.flatMap((line) => JSON.parse(line).talkers)
    t.deepEqual([...new Set(rows.map(({ command }) => command))], ['node'], running.output)
    t.is(new Set(rows.map(({ pid }) => pid)).size, 1)
    const sum = (field: string) => rows.reduce((total, row) => total + row[field], 0)
    // Nothing is lost on this path, but a probe may send a segment again.
    if (retransSegs(client.netns) === 0) t.is(sum('sent'), 3 * 200_000)
    // And a FIN of each connection.
    t.is(sum('received'), 3 * (70_000 + 1))
  })
})

test('metrics-service exposes what the interface counted, and ends on SIGTERM', async (t) => {
  const project = await installed(t, 'metrics-service')
  await withNetwork(async (network) => {
    const { client, server } = network
    const options = ['--port', '0', '--interface', client.interface, '--netns', client.netns.path]
    const running = started(t, project, ...options)
    const [, url = ''] = await running.until(/^listening on (\S+)$/m)
    addAddresses(network)
    const serving = await serveTcp(server.netns, 8080, 10_000)
    await connectTcp(client.netns, { addresses: [server.ipv4], port: 8080, connections: 5, bytes: 10_000 })
    await serving.stop()
    await removeAddresses(network)
    const text = await (await fetch(url)).text()
    const after = interfaceCounters(client.netns, client.interface)
    for (const [direction, received] of [
      ['ingress', 'rx'],
      ['egress', 'tx'],
    ] as const) {
      const labels = `{interface="${client.interface}",direction="${direction}"}`
      for (const what of ['packets', 'bytes'] as const) {
        const counted = after[received][what]
        t.true(text.includes(`ebpf_${what}_total${labels} ${counted}\n`), `${counted} ${what}:\n${text}`)
      }
    }
    t.true(text.includes('ebpf_tcp_opened_total{by="local"} 5\n'), text)
    t.true(text.includes(`ebpf_tcp_retransmitted_segments_total ${retransSegs(client.netns)}\n`), text)
    t.true(text.includes('ebpf_flow_lost_packets_total 0\n'), text)
    t.regex(await running.stop(), /^stopped$/m)
    await t.throwsAsync(fetch(url))
  })
})

test('worker counts in a thread until it is told to stop', async (t) => {
  const project = await installed(t, 'worker')
  await withNetwork(async (network) => {
    const { client, server } = network
    const running = started(t, project, '--interface', client.interface, '--netns', client.netns.path)
    await running.until(/^watching$/m)
    addAddresses(network)
    await sendDatagrams(client.netns, { address: server.ipv4, ports: 4, times: 100, size: 100 })
    await removeAddresses(network)
    const output = await running.stop()
    const after = interfaceCounters(client.netns, client.interface)
    const counted = after.rx.packets + after.tx.packets
    t.true(counted >= 400)
    t.regex(output, new RegExp(`^the worker ended with status 0 after ${counted} packets$`, 'm'))
  })
})

/** Since the interface was made: it is silent until it has addresses. */
function interfaceCounters(netns: NetworkNamespace, name: string) {
  const line = netns
    .readProcNet('dev')
    .split('\n')
    .find((text) => text.trim().startsWith(`${name}:`))
  const [rxBytes = 0, rxPackets = 0, , , , , , , txBytes = 0, txPackets = 0] = (line?.split(':')[1] ?? '')
    .trim()
    .split(/\s+/)
    .map(Number)
  return { rx: { bytes: rxBytes, packets: rxPackets }, tx: { bytes: txBytes, packets: txPackets } }
}
