import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { queryPrograms } from 'ebpf'
import { FlowMonitor, type FlowMonitorOptions, type FlowSnapshot } from 'ebpf/flows'
import { interfaceCounts } from '../../lib/cli/demo/kernel-counters.js'
import { addAddresses, removeAddresses, type Side } from '../../lib/cli/demo/network.js'
import { withNetwork } from '../helpers/demo-network.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadFixture } from '../helpers/load-fixture.js'
import { sendDatagrams } from '../helpers/traffic.js'

type Attach = 'tcx' | 'clsact'

const optionsOf = ({ netns, interface: name }: Side, attach: Attach): FlowMonitorOptions => ({
  netns: netns.path,
  interfaces: [name],
  attach,
})

function tc({ netns }: Side, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('nsenter', [`--net=${netns.path}`, 'tc', ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tc ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** The qdiscs and filters of others, as tc(8) shows them, without their counters. */
function foreign(side: Side): string {
  const filters = ['ingress', 'egress'].map((hook) => tc(side, 'filter', 'show', 'dev', side.interface, hook))
  return [tc(side, 'qdisc', 'show', 'dev', side.interface), ...filters].join('---\n')
}

/**
 * Adds a qdisc at the root, and clsact with a filter in each direction, as operators and other agents do. Every kernel
 * has these kinds.
 */
function addForeign(side: Side): void {
  const { interface: name } = side
  tc(side, 'qdisc', 'replace', 'dev', name, 'root', 'handle', '1:', 'bfifo', 'limit', '1000000')
  tc(side, 'qdisc', 'add', 'dev', name, 'clsact')
  for (const hook of ['ingress', 'egress']) {
    tc(side, 'filter', 'add', 'dev', name, hook, 'prio', '7', 'bpf', 'bytecode', '1,6 0 0 0')
  }
}

const programsOn = ({ netns, interface: name }: Side, attach: Attach) =>
  (['ingress', 'egress'] as const).flatMap((direction) =>
    attach === 'tcx'
      ? queryPrograms({ interface: name, netns: netns.path, attachType: `tcx_${direction}` }).programs.map(
          ({ id }) => id,
        )
      : queryPrograms({ interface: name, netns: netns.path, attachType: `clsact_${direction}` }).programs.map(
          ({ id }) => id,
        ),
  )

const total = ({ totals }: FlowSnapshot) => ({ packets: totals.packets, bytes: totals.bytes })

for (const [first, second] of [
  ['tcx', 'tcx'],
  ['tcx', 'clsact'],
  ['clsact', 'clsact'],
] as const) {
  const needs = first === 'tcx' ? (['tcx'] as const) : []
  kernelTest(`every program on the hooks sees every packet: one by ${first}, one by ${second}`, { needs }, (t) =>
    withNetwork(async (network) => {
      const { client, server } = network
      addForeign(client)
      using one = await FlowMonitor.open(optionsOf(client, first))
      using two = await FlowMonitor.open(optionsOf(client, second))
      addAddresses(network)
      await sendDatagrams(client.netns, { address: server.ipv4, ports: 20, times: 5, size: 100 })
      await removeAddresses(network)
      const { packets, bytes } = interfaceCounts(client.netns, client.interface)
      t.true(packets >= 100)
      t.deepEqual(total(await one.stop()), { packets, bytes })
      t.deepEqual(total(await two.stop()), { packets, bytes })
    }),
  )
}

for (const attach of ['tcx', 'clsact'] as const) {
  const needs = attach === 'tcx' ? (['tcx'] as const) : []
  kernelTest(`qdiscs and filters of others outlive start, stop and kill -9 (${attach})`, { needs }, (t) =>
    withNetwork(async ({ client }) => {
      addForeign(client)
      const before = foreign(client)
      using monitor = await FlowMonitor.open(optionsOf(client, attach))
      t.is(programsOn(client, attach).length, 2)
      await monitor.stop()
      t.is(foreign(client), before)
      t.deepEqual(programsOn(client, attach), [])

      const child = spawn(process.execPath, [
        '--input-type=module',
        '-e',
        `import { FlowMonitor } from 'ebpf/flows'
         const monitor = await FlowMonitor.open(${JSON.stringify(optionsOf(client, attach))})
         console.log('watching')
         setInterval(() => monitor.snapshot(), 20)`,
      ])
      await once(child.stdout, 'data')
      t.is(programsOn(client, attach).length, 2)
      child.kill('SIGKILL')
      await once(child, 'exit')
      if (attach === 'tcx') {
        await eventually('the programs are gone with their process', () => programsOn(client, attach).length === 0)
        t.is(foreign(client), before)
      } else {
        // A filter has no link that ends with its process; still, what others have made is untouched.
        const left = foreign(client).split('\n')
        t.deepEqual(
          before.split('\n').filter((line) => !left.includes(line)),
          [],
        )
      }
      using again = await FlowMonitor.open(optionsOf(client, attach))
      t.is(again.attachment, attach)
    }),
  )
}

for (const [how, end] of [
  ['process.exit()', 'process.exit(0)'],
  ['an error that nobody catches', 'setImmediate(() => { throw new Error("nobody catches this") })'],
] as const) {
  kernelTest(`clsact filters do not outlive ${how}, while they are attached and after`, {}, (t) =>
    withNetwork(async ({ client }) => {
      const open = `FlowMonitor.open(${JSON.stringify(optionsOf(client, 'clsact'))})`
      for (const script of [
        `await ${open}; console.log('watching'); ${end}`,
        `${open}.catch(() => {}); setTimeout(() => { ${end} }, 30)`,
      ]) {
        const { stdout, stderr } = spawnSync(
          process.execPath,
          ['--input-type=module', '-e', `import { FlowMonitor } from 'ebpf/flows'; ${script}`],
          { encoding: 'utf8' },
        )
        t.is(stdout, script.startsWith('await') ? 'watching\n' : '')
        t.notRegex(stderr, /BpfResourceWarning/)
        t.deepEqual(programsOn(client, 'clsact'), [])
      }
    }),
  )
}

for (const attach of ['tcx', 'clsact'] as const) {
  const needs = attach === 'tcx' ? (['tcx'] as const) : []
  kernelTest(`a program of somebody else that passes packets to nobody hides none (${attach})`, { needs }, (t) =>
    withNetwork(async (network) => {
      const { client, server } = network
      const { interface: name } = client
      // Both return TC_ACT_OK, which ends the chain: no other program runs.
      using other = loadFixture('features', ['on_packet'])
      const attachOther = (direction: 'ingress' | 'egress') =>
        other.program('on_packet').attachTcx({ interface: name, netns: client.netns.path, direction })
      using _ingress = attach === 'tcx' ? attachOther('ingress') : undefined
      using _egress = attach === 'tcx' ? attachOther('egress') : undefined
      if (attach === 'clsact') {
        tc(client, 'qdisc', 'add', 'dev', name, 'clsact')
        for (const hook of ['ingress', 'egress']) {
          tc(
            client,
            'filter',
            'add',
            'dev',
            name,
            hook,
            'prio',
            '1',
            'handle',
            '1',
            'bpf',
            'da',
            'bytecode',
            '1,6 0 0 0',
          )
        }
      }
      const before = foreign(client)
      using monitor = await FlowMonitor.open(optionsOf(client, attach))
      addAddresses(network)
      await sendDatagrams(client.netns, { address: server.ipv4, ports: 20, times: 5, size: 100 })
      await removeAddresses(network)
      const { packets, bytes } = interfaceCounts(client.netns, client.interface)
      t.true(packets >= 100)
      t.deepEqual(total(await monitor.stop()), { packets, bytes })
      t.is(foreign(client), before)
    }),
  )
}

kernelTest('where the first priority is taken by another kind of filter, ours comes behind it', {}, (t) =>
  withNetwork(async ({ client }) => {
    const { interface: name } = client
    tc(client, 'qdisc', 'add', 'dev', name, 'clsact')
    for (const hook of ['ingress', 'egress']) {
      tc(client, 'filter', 'add', 'dev', name, hook, 'prio', '1', 'protocol', 'arp', 'bpf', 'bytecode', '1,6 0 0 0')
    }
    const before = foreign(client)
    using monitor = await FlowMonitor.open(optionsOf(client, 'clsact'))
    // Those of classic BPF have no id.
    t.is(programsOn(client, 'clsact').length, 2)
    await monitor.stop()
    t.is(foreign(client), before)
  }),
)

kernelTest(
  'programs that somebody puts before ours later hide no packets, and nobody is kept from the first priority',
  {},
  (t) =>
    withNetwork(async (network) => {
      const { client, server } = network
      const { interface: name } = client
      using monitor = await FlowMonitor.open(optionsOf(client, 'clsact'))
      tc(
        client,
        'filter',
        'add',
        'dev',
        name,
        'ingress',
        'prio',
        '1',
        'protocol',
        'arp',
        'bpf',
        'bytecode',
        '1,6 0 0 0',
      )
      for (const hook of ['ingress', 'egress']) {
        tc(client, 'filter', 'add', 'dev', name, hook, 'prio', '2', 'handle', '1', 'bpf', 'da', 'bytecode', '1,6 0 0 0')
      }
      const others = () =>
        foreign(client)
          .split('\n')
          .filter((line) => !line.includes('ebpf-owner'))
      const before = others()
      await eventually('the programs are first again', async () =>
        (await monitor.snapshot()).unwatched.some(({ reason }) => /put others before them/.test(reason)),
      )
      const counted = interfaceCounts(client.netns, name)
      await monitor.snapshot()
      addAddresses(network)
      await sendDatagrams(client.netns, { address: server.ipv4, ports: 20, times: 5, size: 100 })
      await removeAddresses(network)
      const { packets } = interfaceCounts(client.netns, name)
      t.is((await monitor.stop()).totals.packets, packets - counted.packets)
      t.true(packets - counted.packets >= 100)
      const left = others()
      t.deepEqual(
        before.filter((line) => / pref [12] /.test(line) && !left.includes(line)),
        [],
      )
    }),
)
