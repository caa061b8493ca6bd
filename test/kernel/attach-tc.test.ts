import { BpfError, type BpfObject, queryPrograms, type TcOptions } from 'ebpf'
import { addAddresses, createNetwork, type DemoNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { eventually } from '../helpers/eventually.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'
import { sendDatagram } from '../helpers/perl.js'

const names = ['one', 'two', 'three']

/** Three programs and an interface whose egress only they use. */
async function withHook(
  use: (bpf: BpfObject, hook: TcOptions & { netns: string }, network: DemoNetwork) => Promise<void>,
): Promise<void> {
  const network = await createNetwork(1)
  try {
    addAddresses(network)
    const { interface: name, netns } = network.client
    using bpf = loadOnly('network', names)
    await use(bpf, { interface: name, netns: netns.path, direction: 'egress' }, network)
  } finally {
    await removeNetwork(network)
  }
}

/** Sends until the packet has passed through the programs in that order. */
async function ranAs(bpf: BpfObject, order: number, { client, server }: DemoNetwork): Promise<void> {
  // Earlier runs must not be mistaken for this one.
  bpf.globals.order = 0
  await eventually(`the programs run in the order ${order}`, () => {
    sendDatagram(client.netns, server.ipv4)
    return bpf.globals.order === order
  })
}

kernelTest('TCX programs run in the order that they were placed in', { needs: ['tcx'] }, (t) =>
  withHook(async (bpf, hook, network) => {
    const id = (name: string) => bpf.program(name).info().id
    const query = () => queryPrograms({ interface: hook.interface, netns: hook.netns, attachType: 'tcx_egress' })
    const order = () => query().programs.map((program) => program.id)
    t.deepEqual(query().programs, [])

    using one = bpf.program('one').attachTcx(hook)
    {
      using _first = bpf.program('two').attachTcx({ ...hook, anchor: 'first' })
      using _between = bpf.program('three').attachTcx({ ...hook, before: one })
      t.deepEqual(order(), [id('two'), id('three'), id('one')])
      await ranAs(bpf, 231, network)
    }
    const linkId = query().programs[0]?.linkId ?? 0
    t.true(linkId > 0)
    const neighbours = [
      bpf.program('one'),
      one,
      { linkFd: one.fd },
      { linkId },
      { programFd: bpf.program('one').fd },
      { programId: id('one') },
    ]
    for (const neighbour of neighbours) {
      // A process that lists the machine's links meanwhile holds each for a moment, and its own close then detaches the
      // link.
      await eventually('the others are gone', () => order().length === 1)
      using _before = bpf.program('two').attachTcx({ ...hook, before: neighbour })
      using _after = bpf.program('three').attachTcx({ ...hook, after: neighbour })
      t.deepEqual(order(), [id('two'), id('one'), id('three')])
    }
    one.update(bpf.program('three'), { expected: bpf.program('one') })
    t.deepEqual(order(), [id('three')])
    await ranAs(bpf, 3, network)
    t.throws(() => bpf.program('two').attachTcx({ ...hook, before: bpf.program('one') }), {
      instanceOf: BpfError,
      code: 'ENOENT',
      message: /attach two to tcx/,
    })
  }),
)

kernelTest('TCX attaches only at the revision that was expected', { needs: ['tcx'] }, (t) =>
  withHook(async (bpf, hook) => {
    const revision = () =>
      queryPrograms({ interface: hook.interface, netns: hook.netns, attachType: 'tcx_egress' }).revision
    using _one = bpf.program('one').attachTcx(hook)
    const read = revision()
    using _two = bpf.program('two').attachTcx({ ...hook, ...(read && { expectedRevision: read }) })
    t.is(revision(), (read ?? 0n) + 1n)
    t.throws(() => bpf.program('three').attachTcx({ ...hook, expectedRevision: read ?? 0n }), {
      instanceOf: BpfError,
      code: 'ESTALE',
    })
  }),
)

kernelTest('a TCX program without a link is replaced, and detached by closing', { needs: ['tcx'] }, (t) =>
  withHook(async (bpf, hook, network) => {
    const query = () => queryPrograms({ interface: hook.interface, netns: hook.netns, attachType: 'tcx_egress' })
    const one = bpf.program('one').attachTcx({ ...hook, link: false })
    t.is(one.fd, -1)
    t.deepEqual(query().programs, [{ id: bpf.program('one').info().id }])
    const two = bpf.program('two').attachTcx({ ...hook, replace: bpf.program('one') })
    t.deepEqual(query().programs, [{ id: bpf.program('two').info().id }])
    await ranAs(bpf, 2, network)
    t.throws(() => two.update(bpf.program('three')), { instanceOf: BpfError, code: 'ENOTSUP', message: /two to tcx/ })
    one.close()
    t.is(query().programs.length, 1)
    two.close()
    two.close()
    t.deepEqual(query().programs, [])
    t.throws(() => bpf.program('two').attachTcx({ ...hook, link: true, replace: bpf.program('one') }), {
      instanceOf: TypeError,
    })

    bpf
      .program('three')
      .attachTcx({ ...hook, link: false })
      .disconnect()
    t.is(query().programs.length, 1)
  }),
)

kernelTest('a clsact filter takes the place of another', {}, (t) =>
  withHook(async (bpf, hook, network) => {
    const place = { ...hook, priority: 5, handle: 1 }
    using replaced = bpf.program('one').attachClsact(place)
    await ranAs(bpf, 1, network)
    t.throws(() => bpf.program('two').attachClsact(place), { instanceOf: BpfError, code: 'EEXIST' })
    using _two = bpf.program('two').attachClsact({ ...place, replace: true })
    await ranAs(bpf, 2, network)
    replaced.close()
    const { interface: name, netns } = hook
    t.deepEqual(queryPrograms({ interface: name, netns, attachType: 'clsact_egress' }).programs, [
      { id: bpf.program('two').info().id, priority: 5, handle: 1 },
    ])
    await ranAs(bpf, 2, network)
  }),
)

kernelTest('netkit programs see what each side sends', { needs: ['netkit'] }, async (t) => {
  const network = await createNetwork(1)
  try {
    const { netns } = network.client
    // For an ip(8) that does not know netkit: the kernel names the peer, and uses its default mode, without Ethernet
    // headers.
    netns.ip('link add near0 type netkit', 'address add 198.18.1.1/30 dev near0', 'link set near0 up')
    const peer = /^\d+: (\S+)@near0:/m.exec(netns.ip('link show'))?.[1]
    t.truthy(peer)
    netns.ip(`link set ${peer} netns ${network.server.netns.pid}`)
    network.server.netns.ip(`address add 198.18.1.2/30 dev ${peer}`, `link set ${peer} up`)
    using bpf = loadOnly('network', names)
    const device = { interface: 'near0', netns: netns.path }
    const ran = (order: number, from: 'client' | 'server') =>
      eventually(`the netkit programs run in the order ${order}`, () => {
        sendDatagram(network[from].netns, from === 'client' ? '198.18.1.2' : '198.18.1.1')
        return bpf.globals.order === order
      })
    using primary = bpf.program('one').attachNetkit({ ...device, side: 'primary' })
    t.is(primary.kind, 'netkit')
    await ran(1, 'client')
    using first = bpf.program('two').attachNetkit({ ...device, side: 'primary', before: primary })
    await ran(21, 'client')
    t.deepEqual(
      queryPrograms({ ...device, attachType: 'netkit_primary' }).programs.map(({ id }) => id),
      [bpf.program('two').info().id, bpf.program('one').info().id],
    )
    // The client answers that nobody listens there, so the order of the last packet is read.
    for (const link of [primary, first]) link.close()
    using _peer = bpf.program('three').attachNetkit({ ...device, side: 'peer' })
    await ran(3, 'server')
  } finally {
    await removeNetwork(network)
  }
})

kernelTest('the options of TC kinds are checked', { needs: ['tcx'] }, (t) =>
  withHook(async (bpf, hook) => {
    const attach = (options: object) => () => bpf.program('one').attachTcx({ ...hook, ...options })
    t.throws(attach({ anchor: 'first', before: { linkId: 1 } }), { instanceOf: TypeError, message: /only one of/ })
    t.throws(attach({ before: { programId: 0 } }), { instanceOf: TypeError, message: /not 0/ })
    t.throws(attach({ before: { linkId: -1 } }), { instanceOf: RangeError, message: /id .*-1/ })
    t.throws(attach({ before: {} }), { instanceOf: TypeError, message: /before/ })
    t.throws(attach({ before: bpf.program('one'), expectedRevision: 1 }), { instanceOf: TypeError, message: /bigint/ })
    t.throws(attach({ link: 'no' }), { instanceOf: TypeError, message: /link .*'no'/ })
    const closed = bpf.program('two').attachTcx(hook)
    closed.close()
    t.throws(attach({ before: closed }), { instanceOf: BpfError, code: 'EBADF', message: /two to tcx is closed/ })
    t.throws(attach({ interface: -1 }), { instanceOf: RangeError, message: /ifindex .*-1/ })
    t.throws(attach({ netns: '/proc/self/ns/mnt' }), { instanceOf: BpfError, message: /is not a network namespace/ })
  }),
)

kernelTest('a clsact filter for egress is refused where a qdisc stands that would run it on what comes in', {}, (t) =>
  withHook(async (bpf, egress, network) => {
    const { netns, interface: name } = network.client
    const qdisc = (command: 'add' | 'del', kind: string) => t.true(netns.tc('qdisc', command, 'dev', name, kind))
    const ids = (direction: 'ingress' | 'egress') =>
      queryPrograms({ interface: name, netns: netns.path, attachType: `clsact_${direction}` }).programs.map(
        ({ id }) => id,
      )
    const program = bpf.program('one')
    const { id } = program.info()
    t.throws(() => program.attachClsact({ ...egress, interface: 9999 }), {
      code: 'ENODEV',
      message: /^attach one to clsact/,
    })
    qdisc('add', 'ingress')
    t.throws(() => program.attachClsact(egress), {
      instanceOf: BpfError,
      code: 'EINVAL',
      message: `attach one to clsact: interface ${name} has a qdisc of kind ingress in place of clsact, which has no egress hook`,
    })
    t.deepEqual(ids('ingress'), [])
    {
      using _ingress = program.attachClsact({ ...egress, direction: 'ingress' })
      t.deepEqual(ids('ingress'), [id])
    }
    // Without a qdisc; with the clsact that the first attachment has left; and after that was deleted.
    for (const change of [() => qdisc('del', 'ingress'), () => {}, () => qdisc('del', 'clsact')]) {
      change()
      using _egress = program.attachClsact(egress)
      t.deepEqual([ids('ingress'), ids('egress')], [[], [id]])
    }
  }),
)
