import { pathToFileURL } from 'node:url'
import { queryPrograms } from 'ebpf'
import { FlowMonitor } from 'ebpf/flows'
import { interfaceIndex, networkInterfaces, watchInterfaces } from 'ebpf/net'
import { ConnectionEvents, TcpMonitor } from 'ebpf/tcp'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'

/* Wherever a path is accepted, its `file:` URL is accepted too. */

kernelTest('a network namespace may be named by the URL of its file, everywhere', {}, async (t) => {
  const namespace = await NetworkNamespace.create()
  try {
    const netns = pathToFileURL(namespace.path)
    namespace.ip('link add only_here type veth peer name other_end', 'link set only_here up')
    const index = interfaceIndex('only_here', { netns })
    t.is(networkInterfaces({ netns }).find(({ name }) => name === 'only_here')?.index, index)
    t.throws(() => interfaceIndex('only_heer', { netns }), { code: 'ENODEV', message: /did you mean 'only_here'/ })

    using bpf = loadOnly('network', ['hide_sockets', 'pass', 'one'])
    const programs = ({ programs }: { programs: readonly { id: number }[] }) => programs.map(({ id }) => id)
    const id = (name: string) => bpf.program(name).info().id
    const where = { interface: 'only_here', netns }
    {
      using _hiding = bpf.program('hide_sockets').attachNetns({ netns })
      using _passing = bpf.program('pass').attachXdp(where)
      using _counting = bpf.program('one').attachClsact({ ...where, direction: 'egress' })
      t.deepEqual(programs(queryPrograms({ netns, attachType: 'sk_lookup' })), [id('hide_sockets')])
      t.deepEqual(programs(queryPrograms({ ...where, attachType: 'xdp' })), [id('pass')])
      t.deepEqual(programs(queryPrograms({ ...where, attachType: 'clsact_egress' })), [id('one')])
    }
    for await (const { added } of watchInterfaces({ netns: [netns] })) {
      t.true(added.some(({ name }) => name === 'only_here'))
      break
    }
    const flows = await FlowMonitor.open({ netns, interfaces: 'only_here' })
    t.deepEqual((await flows.snapshot()).flows, [])
    await flows.close()
    using events = await ConnectionEvents.open({ netns })
    t.truthy(events)
    const retransmits = await TcpMonitor.open({ netns })
    t.deepEqual((await retransmits.snapshot()).retransmits, [])
    await retransmits.close()
  } finally {
    await namespace.remove()
  }
})
