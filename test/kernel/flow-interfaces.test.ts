import { setTimeout as sleep } from 'node:timers/promises'
import { queryPrograms } from 'ebpf'
import { FlowMonitor, type FlowSnapshot, type InterfaceCounts } from 'ebpf/flows'
import { interfaceCounts as countsOf } from '../../lib/cli/demo/kernel-counters.js'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import {
  type BridgedNetwork,
  containerAddress,
  cut,
  hostAddress,
  outsideAddress,
  withBridge,
} from '../helpers/bridge.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { ethernet, payload } from '../helpers/packets.js'
import { perl, sendDatagram } from '../helpers/perl.js'
import { protocolCounter } from '../helpers/protocol-counters.js'
import { frameSender, perlBytes } from '../helpers/veth.js'

const sum = (counts: readonly { readonly packets: number }[]) =>
  counts.reduce((total, { packets }) => total + packets, 0)
const udp = ({ flows }: FlowSnapshot) => flows.filter(({ protocol }) => protocol === 17)

async function withNamespace(use: (netns: NetworkNamespace) => Promise<void>): Promise<void> {
  const netns = await NetworkNamespace.create()
  try {
    await use(netns)
  } finally {
    await netns.remove()
  }
}

/** An ether type for experiments, which nobody else answers (IEEE 802). */
const experimental = 0x88b5

/** A veth pair inside one namespace. `left` can send to 198.18.2.2, whose link-layer address it knows. */
function addPair(netns: NetworkNamespace): void {
  netns.ip(
    'link add left mtu 1000 type veth peer name right mtu 1000',
    'link set right up',
    'link set left up',
    'address add 198.18.2.1/24 dev left',
    neighbour('left'),
  )
}

/** Whether all of these have both programs. */
const areWatched = (monitor: FlowMonitor, netns: NetworkNamespace, ...names: string[]) =>
  monitor.attachment !== undefined &&
  names.every((name) =>
    ['ingress', 'egress'].every((direction) => {
      const attachType = `${monitor.attachment}_${direction}` as 'tcx_ingress'
      return queryPrograms({ interface: name, netns: netns.path, attachType }).programs.length > 0
    }),
  )

const neighbour = (name: string) => `neighbour add 198.18.2.2 lladdr 02:00:00:00:00:02 dev ${name} nud permanent`
const isUp = (netns: NetworkNamespace, name: string) => netns.ip(`link show ${name}`).includes(' state UP ')

for (const attach of ['auto', 'clsact'] as const) {
  kernelTest(`interfaces that come are watched, and told of by name after they went (${attach})`, {}, async (t) => {
    await withNamespace(async (netns) => {
      using monitor = await FlowMonitor.open({ netns: netns.path, attach })
      t.is(monitor.attachment, undefined)
      for (const datagrams of [1, 2, 3]) {
        addPair(netns)
        await eventually('both are watched', () => areWatched(monitor, netns, 'left', 'right'))
        await eventually('left is up', () => isUp(netns, 'left'))
        // All from one port, so that each pair sees the flow of the one before, whose interface is gone.
        for (let i = 0; i < datagrams; i++) sendDatagram(netns, '198.18.2.2', 4000)
        const snapshots = [await monitor.snapshot()]
        for (let i = 0; i < datagrams; i++) sendDatagram(netns, '198.18.2.2', 4000)
        perl(
          netns,
          `${frameSender('left', experimental)} send_frame(${perlBytes(ethernet(experimental, payload(46)))})`,
        )
        const { packets } = countsOf(netns, 'left')
        netns.ip('link delete left')
        await eventually('left is gone', () => monitor.attachment === undefined)
        snapshots.push(await monitor.snapshot())
        const flows = snapshots.flatMap(udp)
        t.deepEqual([...new Set(flows.map(({ interface: name }) => name))].sort(), ['left', 'right'])
        t.is(sum(flows.filter(({ duplicate }) => !duplicate)), 2 * datagrams)
        t.is(
          sum(snapshots.flatMap(({ interfaces }) => interfaces.filter((each) => each.interface === 'left'))),
          packets,
        )
        t.is(packets, 2 * datagrams + 1)
        t.deepEqual([...snapshots.flatMap(({ unwatched }) => unwatched)], [])
        // The entries for packets that are in no flow are released once the programs are detached.
        const places = monitor.object.map<{ ifindex: number }, unknown>('flow_interfaces')
        await eventually('the entries are given back', async () => {
          await monitor.snapshot()
          return [...places.keys()].every(({ ifindex }) => ifindex === 0)
        })
      }
      const { interfaces } = await monitor.stop()
      t.deepEqual(interfaces, [])
    })
  })
}

kernelTest('an interface that came and went before it could be watched is told of', {}, async (t) => {
  await withNamespace(async (netns) => {
    using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: 'le*' })
    // All at once: the monitor is not notified before this process waits.
    addPair(netns)
    while (!isUp(netns, 'left'));
    for (let i = 0; i < 2; i++) sendDatagram(netns, '198.18.2.2')
    t.is(countsOf(netns, 'left').packets, 2)
    netns.ip('link delete left')
    const { unwatched } = await snapshotOf(monitor, 'left is told of', (snapshot) => snapshot.unwatched.length > 0)
    t.deepEqual(unwatched, [
      { interface: 'left', netns: netns.path, reason: 'gone before it could be watched', packets: 2 },
    ])
    t.deepEqual((await monitor.stop()).unwatched, [])
  })
})

kernelTest(
  'an interface that refuses the programs is told of while it is there, and keeps none of them',
  {},
  async (t) => {
    await withNamespace(async (netns) => {
      using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: 'lef*', attach: 'clsact' })
      addPair(netns)
      // It replaces clsact and has no egress: the program would run on incoming packets a second time.
      t.true(netns.tc('qdisc', 'add', 'dev', 'left', 'ingress'))
      const refused = await snapshotOf(monitor, 'left is told of', (snapshot) => snapshot.unwatched.length > 0)
      const [first, ...rest] = refused.unwatched
      t.deepEqual(rest, [])
      t.like(first, { interface: 'left', netns: netns.path })
      t.regex(first?.reason ?? '', /qdisc of kind ingress/)
      t.deepEqual((await monitor.snapshot()).unwatched, refused.unwatched)
      const attachType = 'clsact_ingress'
      t.deepEqual(queryPrograms({ interface: 'left', netns: netns.path, attachType }).programs, [])
      t.is(monitor.attachment, undefined)
      await t.throwsAsync(FlowMonitor.open({ netns: netns.path, interfaces: 'left', attach: 'clsact' }), {
        message: /qdisc of kind ingress/,
      })
      netns.ip('link delete left')
      await snapshotOf(monitor, 'left is forgotten', (snapshot) => snapshot.unwatched.length === 0)
    })
  },
)

kernelTest('patterns choose the interfaces, and a name that is not there is refused', {}, async (t) => {
  await withNamespace(async (netns) => {
    addPair(netns)
    using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: ['*', '!right', '!lo'] })
    await eventually('left is up', () => isUp(netns, 'left'))
    sendDatagram(netns, '198.18.2.2')
    const { flows } = await monitor.stop()
    t.deepEqual(
      flows.map(({ interface: name, direction }) => `${name} ${direction}`),
      ['left egress'],
    )
    await t.throwsAsync(FlowMonitor.open({ netns: netns.path, interfaces: ['left', 'nowhere'] }), {
      message: /nowhere/,
    })
  })
})

kernelTest('a renamed interface has its new name; one that is not meant any more is left alone', {}, async (t) => {
  await withNamespace(async (netns) => {
    addPair(netns)
    using monitor = await FlowMonitor.open({ netns: netns.path, interfaces: 'l*t' })
    await eventually('left is up', () => isUp(netns, 'left'))
    const rename = async (name: string, before: string) => {
      // Before Linux 6.2 only an interface that is down can be renamed.
      netns.ip(`link set ${before} down`, `link set ${before} name ${name}`, `link set ${name} up`, neighbour(name))
      await eventually(`${name} is up`, () => isUp(netns, name))
    }
    const names = ({ interfaces }: FlowSnapshot) => interfaces.map((each) => each.interface)
    await rename('light', 'left')
    // An interface is reported under the name that it has at that time.
    const renamed = await snapshotOf(monitor, 'it is told of as light', (snapshot) => {
      sendDatagram(netns, '198.18.2.2')
      return names(snapshot).includes('light')
    })
    t.deepEqual(names(renamed), ['light'])
    await rename('other', 'light')
    await eventually('other is left alone', () => monitor.attachment === undefined)
    await monitor.snapshot()
    sendDatagram(netns, '198.18.2.2')
    t.deepEqual(names(await monitor.snapshot()), [])
    await rename('loot', 'other')
    await eventually('loot is watched', () => monitor.attachment !== undefined)
    sendDatagram(netns, '198.18.2.2')
    t.deepEqual(names(await monitor.snapshot()), ['loot'])
    t.deepEqual((await monitor.stop()).interfaces, [])
  })
})

kernelTest('a flow seen at veth, bridge and uplink is in the totals once, and at each interface', {}, async (t) => {
  await withBridge(async (network) => {
    const { host } = network
    using monitor = await FlowMonitor.open({ netns: host.path })
    await talk(network)
    cut(network)
    const snapshot = await monitor.stop()
    const seenAt = (source: string, destination: string) =>
      udp(snapshot)
        .filter(
          ({ sourceAddress, destinationAddress }) => sourceAddress === source && destinationAddress === destination,
        )
        .map(({ interface: name, direction, packets, duplicate }) => ({
          at: `${name} ${direction}`,
          packets,
          duplicate,
        }))
        .toSorted((a, b) => a.at.localeCompare(b.at))
    t.deepEqual(seenAt(containerAddress, outsideAddress), [
      { at: 'uplink0 egress', packets: 1, duplicate: true },
      { at: 'veth0 ingress', packets: 1, duplicate: false },
    ])
    t.deepEqual(seenAt(outsideAddress, hostAddress), [
      { at: 'br0 ingress', packets: 1, duplicate: true },
      { at: 'uplink0 ingress', packets: 1, duplicate: false },
    ])
    t.deepEqual(seenAt(hostAddress, containerAddress), [
      { at: 'br0 egress', packets: 1, duplicate: false },
      { at: 'veth0 egress', packets: 1, duplicate: true },
    ])
    t.is(snapshot.totals.packets, sum(snapshot.flows.filter(({ duplicate }) => !duplicate)) + snapshot.nonIp.packets)
    for (const name of ['veth0', 'uplink0']) {
      t.deepEqual(both(snapshot.interfaces, name), countsOf(host, name), name)
    }
    // A bridge counts what it receives without the link-layer header (br_pass_frame_up).
    const received = sum(snapshot.interfaces.filter((each) => each.interface === 'br0' && each.direction === 'ingress'))
    const { packets, bytes } = both(snapshot.interfaces, 'br0')
    t.deepEqual({ packets, bytes: bytes - 14 * received }, countsOf(host, 'br0'))
  })
})

kernelTest('several namespaces are one view: both ends of a pair, and what is told of each', {}, async (t) => {
  await withBridge(async (network) => {
    const { host, container, outside } = network
    const files = [host, container, outside].map(({ path }) => path)
    using monitor = await FlowMonitor.open({ netns: [...files, host.path], interfaces: ['eth0', 'veth0', 'uplink0'] })
    await talk(network)
    cut(network)
    const snapshot = await monitor.stop()
    const through = udp(snapshot).filter(
      ({ sourceAddress, destinationAddress }) =>
        sourceAddress === containerAddress && destinationAddress === outsideAddress,
    )
    t.deepEqual(
      through
        .map(({ netns, interface: name, direction }) => `${files.indexOf(netns as string)} ${name} ${direction}`)
        .sort(),
      ['0 uplink0 egress', '0 veth0 ingress', '1 eth0 egress', '2 eth0 ingress'],
    )
    t.deepEqual(
      through.filter(({ duplicate }) => !duplicate).map(({ netns }) => netns),
      [container.path],
    )
    for (const netns of [container, outside]) {
      const own = snapshot.interfaces.filter((each) => each.netns === netns.path)
      t.deepEqual(both(own, 'eth0'), countsOf(netns, 'eth0'))
    }
  })
})

kernelTest('perspective: peer tells of a container’s veth pair as the container would', {}, async (t) => {
  await withBridge(async (network) => {
    const options = { netns: network.host.path, interfaces: ['veth0', 'br0'], perspective: 'peer' } as const
    using monitor = await FlowMonitor.open(options)
    await talk(network)
    const directions = udp(await monitor.stop())
      .filter(({ sourceAddress }) => sourceAddress !== outsideAddress)
      .map(({ sourceAddress, interface: name, direction }) => `${sourceAddress} ${name} ${direction}`)
    t.deepEqual([...new Set(directions)].sort(), [
      `${containerAddress} veth0 egress`,
      `${hostAddress} br0 egress`,
      `${hostAddress} veth0 ingress`,
    ])
    using filtered = await FlowMonitor.open({ ...options, filter: { direction: 'egress' } })
    await talk(network)
    const { interfaces } = await filtered.stop()
    t.deepEqual([...new Set(interfaces.map(({ direction }) => direction))], ['egress'])
    t.true(interfaces.some((each) => each.interface === 'veth0'))
  })
})

kernelTest('a namespace that ends while it is watched ends, and the others go on', {}, async (t) => {
  await withNamespace(async (netns) => {
    addPair(netns)
    const other = await NetworkNamespace.create()
    netns.ip(`link add gone0 type veth peer name gone0 netns ${other.pid}`)
    using monitor = await FlowMonitor.open({ netns: [netns.path, other.path] })
    await eventually('left is up', () => isUp(netns, 'left'))
    await other.remove()
    // The kernel removes a pair with the namespace of either end, and keeps that namespace as long as anybody watches
    // it.
    await eventually('the namespace is gone', () => !netns.ip('link show').includes('gone0'))
    sendDatagram(netns, '198.18.2.2')
    t.deepEqual(
      udp(await monitor.stop())
        .filter(({ duplicate }) => !duplicate)
        .map(({ interface: name, packets }) => `${name} ${packets}`),
      ['left 1'],
    )
  })
})

/**
 * Sends a datagram from each to each of the others; their other queries and answers are ARP and ICMP. Afterwards
 * nothing is in flight.
 */
async function talk({ host, container, outside }: BridgedNetwork): Promise<void> {
  for (const [from, address] of [
    [container, outsideAddress],
    [outside, hostAddress],
    [host, containerAddress],
  ] as const) {
    const refusals = () => protocolCounter(from, 'Icmp: InDestUnreachs')
    const before = refusals()
    sendDatagram(from, address)
    await eventually('nobody listens', () => refusals() > before)
  }
}

/** Takes snapshots until one satisfies the condition. */
async function snapshotOf(
  monitor: FlowMonitor,
  what: string,
  isSo: (snapshot: FlowSnapshot) => boolean,
): Promise<FlowSnapshot> {
  const end = Date.now() + 20_000
  let snapshot = await monitor.snapshot()
  while (!isSo(snapshot)) {
    if (Date.now() > end) throw new Error(`it never came to this: ${what}`)
    await sleep(10)
    snapshot = await monitor.snapshot()
  }
  return snapshot
}

function both(interfaces: readonly InterfaceCounts[], name: string): { packets: number; bytes: number } {
  const own = interfaces.filter((each) => each.interface === name)
  return { packets: sum(own), bytes: own.reduce((total, { bytes }) => total + bytes, 0) }
}
