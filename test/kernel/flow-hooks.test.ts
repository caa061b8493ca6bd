import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLink, queryPrograms } from 'ebpf'
import { FlowMonitor, type FlowSnapshot, monitorFlows } from 'ebpf/flows'
import { interfaceCounts as countsOf } from '../../lib/cli/demo/kernel-counters.js'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { addPair, areWatched, isUp, programsOn, sum, udp, withNamespace } from '../helpers/pair.js'
import { perlArguments, sendDatagram } from '../helpers/perl.js'

const address = '198.18.2.2'

/** Takes snapshots until one satisfies the condition; returns all of them. */
async function snapshotsUntil(monitor: FlowMonitor, what: string, isSo: (last: FlowSnapshot) => boolean) {
  const end = Date.now() + 20_000
  const snapshots = [await monitor.snapshot()]
  while (!isSo(snapshots.at(-1) as FlowSnapshot)) {
    if (Date.now() > end) throw new Error(`it never came to this: ${what}`)
    await sleep(10)
    snapshots.push(await monitor.snapshot())
  }
  return snapshots
}

kernelTest('a namespace that is gone is reported, and is the end of the loop', {}, (t) =>
  withNamespace(async (netns) => {
    addPair(netns)
    const snapshots: FlowSnapshot[] = []
    const loop = async () => {
      for await (const snapshot of monitorFlows({ netns: netns.path, interval: 100 })) {
        snapshots.push(snapshot)
        if (snapshots.length === 1) await netns.remove()
      }
    }
    const error = await t.throwsAsync(loop(), { code: 'ENOENT' })
    t.is(error?.message, `the network namespace ${netns.path} is gone`)
    const reason = 'the network namespace is gone'
    t.deepEqual(snapshots.at(-1)?.unwatched, [{ interface: '*', netns: netns.path, reason }])
    t.deepEqual(snapshots[0]?.unwatched, [])
  }),
)

kernelTest('of two interfaces that have the same index in turn each has what it saw', {}, (t) =>
  withNamespace(async (netns) => {
    using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: '!*-peer' })
    for (const [name, datagrams] of [
      ['first', 3],
      ['second', 2],
    ] as const) {
      addPair(netns, name, { index: '77' })
      await eventually(`${name} is watched`, () => areWatched(monitor, netns, name) && isUp(netns, name))
      for (let i = 0; i < datagrams; i++) sendDatagram(netns, address, 4000 + datagrams)
      if (name === 'first') {
        netns.ip('link delete first')
        await eventually('the first is gone', () => monitor.attachment === undefined)
      }
    }
    const snapshot = await monitor.snapshot()
    t.deepEqual(
      udp(snapshot)
        .map(({ interface: name, sourcePort, packets }) => `${name} ${sourcePort} ${packets}`)
        .sort(),
      ['first 4003 3', 'second 4002 2'],
    )
    t.is(sum(snapshot.interfaces.filter((each) => each.interface === 'second')), countsOf(netns, 'second').packets)
  }),
)

for (const kind of ['tcx', 'clsact'] as const) {
  kernelTest(
    `programs that somebody takes off are attached again, and reported (${kind})`,
    { needs: kind === 'tcx' ? ['tcx'] : [] },
    (t) =>
      withNamespace(async (netns) => {
        addPair(netns)
        using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: 'left', attach: kind })
        await eventually('left is up', () => isUp(netns, 'left'))
        const before = programsOn(netns, 'left', kind)
        if (kind === 'clsact') t.true(netns.tc('qdisc', 'del', 'dev', 'left', 'clsact'))
        else {
          const [program] = queryPrograms({ interface: 'left', netns: netns.path, attachType: 'tcx_egress' }).programs
          using link = openLink({ id: program?.linkId as number })
          link.detach()
        }
        const reported = await snapshotsUntil(monitor, 'it is reported', ({ unwatched }) => unwatched.length > 0)
        const reason = 'somebody took the programs off, or put others before them; they are attached again'
        t.deepEqual(reported.at(-1)?.unwatched, [{ interface: 'left', netns: netns.path, reason }])
        t.deepEqual(programsOn(netns, 'left', kind), before)
        sendDatagram(netns, address)
        t.is(sum(udp(await monitor.snapshot())), 1)
        t.deepEqual((await monitor.stop()).unwatched, [])
        t.deepEqual(programsOn(netns, 'left', kind), [])
      }),
  )
}

kernelTest('packets that a new interface carried before the programs were on it are reported', {}, (t) =>
  withNamespace(async (netns) => {
    using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: 'lef?' })
    // All at once: the monitor is not notified before this process waits.
    addPair(netns)
    while (!isUp(netns, 'left'));
    for (let i = 0; i < 3; i++) sendDatagram(netns, address)
    await eventually('left is watched', () => areWatched(monitor, netns, 'left'))
    for (let i = 0; i < 2; i++) sendDatagram(netns, address)
    const snapshots = await snapshotsUntil(monitor, 'it is reported', ({ unwatched }) => unwatched.length > 0)
    const { packets } = countsOf(netns, 'left')
    t.is(packets, 5)
    t.is(sum(snapshots.flatMap(udp)), 2)
    const reason = 'packets came before it could be watched'
    t.deepEqual(
      snapshots.flatMap(({ unwatched }) => unwatched),
      [{ interface: 'left', netns: netns.path, reason, packets: 3 }],
    )
  }),
)

kernelTest('equal addresses in namespaces that nothing joins are other packets', {}, (t) =>
  withNamespace((one) =>
    withNamespace(async (other) => {
      for (const netns of [one, other]) addPair(netns)
      using monitor = await FlowMonitor.open({ netns: [one.path, other.path], interfaces: ['left', 'left-peer'] })
      for (const netns of [one, other]) {
        await eventually('left is up', () => isUp(netns, 'left'))
        sendDatagram(netns, address, 4000)
      }
      const flows = udp(await monitor.stop())
      t.deepEqual(
        flows
          .filter(({ duplicate }) => !duplicate)
          .map(({ netns, interface: name }) => `${netns} ${name}`)
          .sort(),
        [`${one.path} left`, `${other.path} left`].sort(),
      )
      t.is(flows.length, 4)
    }),
  ),
)

const pairs = 10

/** Adds this many pairs, `v0` and `w0` and so on. */
const addPairs = (netns: NetworkNamespace) =>
  netns.ip(...Array.from({ length: pairs }, (_, i) => `link add v${i} type veth peer name w${i}`))

kernelTest('the event loop has its turn while programs are attached and detached', {}, (t) =>
  withNamespace(async (netns) => {
    addPairs(netns)
    let turns = 0
    let counting = true
    const count = () => {
      turns++
      if (counting) setImmediate(count)
    }
    count()
    const opening = FlowMonitor.open({ netns: netns.path })
    using monitor = await opening
    counting = false
    t.is(monitor.attachment === undefined, false)
    // At least one for each program.
    t.true(turns > 4 * pairs, `${turns} turns`)
    const kind = monitor.attachment as 'tcx'
    monitor.close()
    await eventually('all are off', () => {
      const names = Array.from({ length: pairs }, (_, i) => [`v${i}`, `w${i}`]).flat()
      return names.every((name) => programsOn(netns, name, kind).length === 0)
    })
  }),
)

kernelTest('an abort while programs are attached ends that, and the last snapshot says what was not watched', {}, (t) =>
  withNamespace(async (netns) => {
    addPairs(netns)
    const controller = new AbortController()
    const { signal } = controller
    const wait = (async () => {
      await eventually('the first is attached', () =>
        ['tcx', 'clsact'].some((kind) => netns.ip('link show').length > 0 && hasPrograms(netns, kind as 'tcx')),
      )
      controller.abort()
    })()
    const snapshots: FlowSnapshot[] = []
    for await (const snapshot of monitorFlows({ netns: netns.path, interval: 100_000, signal }))
      snapshots.push(snapshot)
    await wait
    t.is(snapshots.length, 1)
    const [{ unwatched }] = snapshots as [FlowSnapshot]
    t.true(unwatched.length > 0 && unwatched.length < 2 * pairs, `${unwatched.length} unwatched`)
    t.deepEqual(
      [...new Set(unwatched.map(({ reason }) => reason))],
      ['the monitor was stopped before it could be watched'],
    )
  }),
)

function hasPrograms(netns: NetworkNamespace, kind: 'tcx' | 'clsact'): boolean {
  try {
    return programsOn(netns, 'v0', kind).length > 0
  } catch {
    return false // before Linux 6.6
  }
}

/** A process that watches until it is killed. */
async function watchingProcess(netns: NetworkNamespace) {
  const options = JSON.stringify({ netns: netns.path, interfaces: 'left', attach: 'clsact' })
  const code = `import { FlowMonitor } from 'ebpf/flows'
    globalThis.monitor = await FlowMonitor.open(${options})
    console.log('watching')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

kernelTest(
  'filters of processes that were killed are removed by the next monitor, those of living ones are not',
  {},
  (t) =>
    withNamespace(async (netns) => {
      addPair(netns)
      const on = () => programsOn(netns, 'left', 'clsact')
      t.true(netns.tc('qdisc', 'add', 'dev', 'left', 'clsact'))
      const killLiving = await watchingProcess(netns)
      const living = on()
      const killOther = await watchingProcess(netns)
      t.is(on().length, 4)
      await killOther()
      t.is(on().length, 4, 'the kernel removes no filter')
      {
        using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: 'left', attach: 'clsact' })
        t.is(monitor.attachment, 'clsact')
        t.is(on().length, 4)
        t.deepEqual(
          living.filter((id) => !on().includes(id)),
          [],
        )
      }
      t.deepEqual(on().toSorted(), living.toSorted())
      await killLiving()
      using _monitor = await FlowMonitor.open({ netns: netns.path, interfaces: 'left', attach: 'clsact' })
      t.deepEqual(
        on().filter((id) => living.includes(id)),
        [],
      )
    }),
)

/** Runs a script in a process that can have only this many descriptors. */
async function withDescriptors(count: number, script: string): Promise<string> {
  const run = ['-c', `ulimit -n ${count}; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', script]
  const child = spawn('sh', run, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`the process ended with status ${status}`)
  return text
}

const exhaust = `import { closeSync, openSync } from 'node:fs'
  const held = []
  const exhaust = () => { try { for (;;) held.push(openSync('/dev/null')) } catch {} }
  const free = () => { for (const fd of held.splice(0)) closeSync(fd) }`

for (const kind of ['tcx', 'clsact'] as const) {
  kernelTest(
    `a monitor that is closed while there is no descriptor left leaves nothing attached (${kind})`,
    { needs: kind === 'tcx' ? ['tcx'] : [] },
    (t) =>
      withNamespace(async (netns) => {
        addPair(netns)
        const options = JSON.stringify({ netns: netns.path, attach: kind })
        const script = `import { FlowMonitor } from 'ebpf/flows'
        ${exhaust}
        const monitor = await FlowMonitor.open(${options})
        exhaust()
        monitor.close()
        free()`
        await withDescriptors(200, script)
        t.deepEqual([...programsOn(netns, 'left', kind), ...programsOn(netns, 'left-peer', kind)], [])
      }),
  )
}

kernelTest('interfaces that come and go while there is no descriptor left do not end the watching', {}, (t) =>
  withNamespace(async (netns) => {
    addPair(netns)
    const options = JSON.stringify({ netns: netns.path, interfaces: ['lef?', 'righ?'] })
    const ip = (...commands: string[]) =>
      `execFileSync('nsenter', ['--net=${netns.path}', 'ip', '-batch', '-'], { input: ${JSON.stringify(commands.join('\n'))} })`
    const program = `socket my $s, AF_INET, SOCK_DGRAM, 0; send $s, 'x', 0, sockaddr_in(9, inet_aton '${address}') or die`
    // What runs meanwhile was started before, and waits for its turn.
    const script = `import { queryPrograms } from 'ebpf'
      import { FlowMonitor } from 'ebpf/flows'
      import { execFileSync, spawn } from 'node:child_process'
      import { once } from 'node:events'
      ${exhaust}
      const monitor = await FlowMonitor.open(${options})
      const child = spawn('nsenter', ['--net=${netns.path}', 'sh', '-c',
        'read line; ip link add right type veth peer name other; ip link set right up; ip link delete left; echo done; read line'])
      await monitor.snapshot()
      exhaust()
      child.stdin.write('go\\n')
      await once(child.stdout, 'data')
      for (let i = 0; i < 20; i++) { await monitor.snapshot(); await new Promise((resolve) => setTimeout(resolve, 20)) }
      free()
      child.stdin.end('end\\n')
      const until = Date.now() + 20000
      const isWatched = () => monitor.attachment !== undefined && ['ingress', 'egress'].every((direction) =>
        queryPrograms({ interface: 'right', netns: ${JSON.stringify(netns.path)}, attachType: monitor.attachment + '_' + direction }).programs.length > 0)
      while (!isWatched()) {
        if (Date.now() > until) throw new Error('right is never watched')
        await monitor.snapshot()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      ${ip('address add 198.18.2.1/24 dev right', `neighbour add ${address} lladdr 02:00:00:00:00:02 dev right`, 'link set other up')}
      execFileSync('nsenter', ${JSON.stringify([`--net=${netns.path}`, 'perl', ...perlArguments(program)])})
      const { flows } = await monitor.snapshot()
      monitor.close()
      console.log(flows.filter(({ protocol }) => protocol === 17).map((flow) => flow.interface + ' ' + flow.packets).join())`
    t.is((await withDescriptors(200, script)).trim(), 'right 1')
  }),
)
