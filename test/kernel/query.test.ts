import { BpfError, queryPrograms } from 'ebpf'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { createNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'

kernelTest('what is on an interface’s XDP hook is listed with its mode, by a link or not', {}, async (t) => {
  const network = await createNetwork(1)
  try {
    const place = { interface: network.server.interface, netns: network.server.netns.path }
    using bpf = loadOnly('network', ['pass'])
    const { id } = bpf.program('pass').info()
    const programs = () => queryPrograms({ ...place, attachType: 'xdp' }).programs
    t.deepEqual(programs(), [])
    for (const mode of ['native', 'generic'] as const) {
      for (const link of [true, false]) {
        using _ = bpf.program('pass').attachXdp({ ...place, mode, link })
        t.deepEqual(programs(), [{ id, mode }])
      }
    }
    t.deepEqual(programs(), [])
  } finally {
    await removeNetwork(network)
  }
})

kernelTest('filters of clsact are listed with priority and handle, those of programs alone', {}, async (t) => {
  const netns = await NetworkNamespace.create()
  try {
    const place = { interface: 'lo', netns: netns.path } as const
    using bpf = loadOnly('network', ['one', 'two'])
    const filters = (direction: 'ingress' | 'egress') =>
      queryPrograms({ ...place, attachType: `clsact_${direction}` }).programs
    t.deepEqual(filters('ingress'), [])

    using _one = bpf.program('one').attachClsact({ ...place, direction: 'ingress', priority: 7, handle: 3 })
    using _two = bpf.program('two').attachClsact({ ...place, direction: 'ingress', priority: 2, handle: 0x8000_0001 })
    // A filter of another kind, if the kernel has it, and one of classic BPF.
    netns.tc(...'filter add dev lo ingress prio 5 protocol ip u32 match ip dport 53 0xffff action pass'.split(' '))
    t.true(netns.tc(...'filter add dev lo ingress prio 6 bpf bytecode'.split(' '), '1,6 0 0 0'))
    t.deepEqual(filters('ingress'), [
      { id: bpf.program('two').info().id, priority: 2, handle: 0x8000_0001 },
      { id: bpf.program('one').info().id, priority: 7, handle: 3 },
    ])
    t.deepEqual(filters('egress'), [])

    const many = Array.from({ length: 600 }, (_, i) =>
      bpf.program('one').attachClsact({ ...place, direction: 'egress', priority: 1, handle: i + 1 }),
    )
    // Within a priority the last one runs first.
    t.deepEqual(
      filters('egress').map(({ handle }) => handle),
      many.map((_, i) => many.length - i),
    )
    for (const link of many) link.close()
  } finally {
    await netns.remove()
  }
})

kernelTest('a hook of no interface is ENODEV', {}, (t) => {
  for (const attachType of ['xdp', 'clsact_ingress'] as const) {
    const refused = { instanceOf: BpfError, code: 'ENODEV' } as const
    t.throws(() => queryPrograms({ interface: 'nowhere', attachType }), { ...refused, message: /nowhere/ })
    t.throws(() => queryPrograms({ interface: 0x7fff_ffff, attachType }), { ...refused, message: /query/ })
  }
})
